#pragma once
// What every kernel starts with: the arithmetic rules, and vectors of 16 floats at the edge of an array.
//
// The numeric contract allows + - *, explicit fma, comparisons and integer operations; nothing may be
// contracted into an fma that the source does not name.

#pragma OPENCL FP_CONTRACT OFF

// A program is built for one kernel, named by -DBUILD_name; drivers are slow compilers. BUILD_ALL is for lint.

// Products add over their inner dimension in ascending order, in chunks of at most this many terms;
// chunk sums are added in ascending order. Part of the numeric contract: never a tuning choice.
#define CHUNK 256

// Columns of one vector. Tiles are TILE_ROWS rows by TILE_VECTORS vectors of COLUMNS columns.
#define COLUMNS 16

// A loop that vanishes before it can be unrolled is not worth a driver's remark on standard error.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

// Asks for a line of memory ahead of its use, on devices whose compiler has a word for it: processors.
#ifdef PREFETCHES
#define PREFETCH(p) __builtin_prefetch((const void*)(size_t)(p))
#else
#define PREFETCH(p) ((void)0)
#endif

// A function that takes local memory. It is inlined: compilers write the one array that all callers hand over into a
// function that is not, and then PoCL 3.1 takes that array for one that all groups share.
#define GROUP_FUNCTION static inline __attribute__((always_inline))

// Offset of a row in an array of rows of `stride` elements.
#define AT(row, stride) ((size_t)(row) * (size_t)(stride))

// The first `count` floats at p (16 or more: all), zeros behind them.
static inline float16 load_columns(global const float* p, int count) {
  if (count >= COLUMNS) return vload16(0, p);
  union { float16 vector; float elements[COLUMNS]; } u;
  u.vector = (float16)(0.0f);
  _Pragma("unroll 1") for (int i = 0; i < count; ++i) u.elements[i] = p[i];
  return u.vector;
}

// Writes the first `count` columns of v (16 or more: all) to p.
#define DEFINE_STORE_COLUMNS(name, vector16, scalar)                        \
  static inline void name(vector16 v, global scalar* p, int count) {        \
    if (count >= COLUMNS) {                                               \
      vstore16(v, 0, p);                                                  \
      return;                                                             \
    }                                                                     \
    union { vector16 vector; scalar elements[COLUMNS]; } u;               \
    u.vector = v;                                                         \
    _Pragma("unroll 1") for (int i = 0; i < count; ++i) p[i] = u.elements[i];  \
  }
DEFINE_STORE_COLUMNS(store_columns, float16, float)
DEFINE_STORE_COLUMNS(store_long_columns, long16, long)
