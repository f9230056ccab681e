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

// Offset of a row in an array of rows of `stride` elements.
#define AT(row, stride) ((size_t)(row) * (size_t)(stride))

// Offset of pixel (h, w) of image n in an array of images [N, height + 2 halo, width + 2 halo, channels].
#define PIXEL(n, h, w, height, width, halo, channels)                                       \
  (AT(AT(n, (height) + 2 * (halo)) + (size_t)((h) + (halo)), (width) + 2 * (halo)) +        \
   (size_t)((w) + (halo))) *                                                                \
      (channels)

// The first `count` floats at p (16 or more: all), zeros behind them.
static inline float16 load_columns(global const float* p, int count) {
  if (count >= COLUMNS) return vload16(0, p);
  float16 v = (float16)(0.0f);
  if (count > 0) v.s0 = p[0];
  if (count > 1) v.s1 = p[1];
  if (count > 2) v.s2 = p[2];
  if (count > 3) v.s3 = p[3];
  if (count > 4) v.s4 = p[4];
  if (count > 5) v.s5 = p[5];
  if (count > 6) v.s6 = p[6];
  if (count > 7) v.s7 = p[7];
  if (count > 8) v.s8 = p[8];
  if (count > 9) v.s9 = p[9];
  if (count > 10) v.sa = p[10];
  if (count > 11) v.sb = p[11];
  if (count > 12) v.sc = p[12];
  if (count > 13) v.sd = p[13];
  if (count > 14) v.se = p[14];
  return v;
}

// Writes the first `count` columns of v (16 or more: all) to p.
#define DEFINE_STORE_COLUMNS(name, vector, scalar)                      \
  static inline void name(vector v, global scalar* p, int count) {      \
    if (count >= COLUMNS) {                                             \
      vstore16(v, 0, p);                                                \
      return;                                                           \
    }                                                                   \
    if (count > 0) p[0] = v.s0;                                         \
    if (count > 1) p[1] = v.s1;                                         \
    if (count > 2) p[2] = v.s2;                                         \
    if (count > 3) p[3] = v.s3;                                         \
    if (count > 4) p[4] = v.s4;                                         \
    if (count > 5) p[5] = v.s5;                                         \
    if (count > 6) p[6] = v.s6;                                         \
    if (count > 7) p[7] = v.s7;                                         \
    if (count > 8) p[8] = v.s8;                                         \
    if (count > 9) p[9] = v.s9;                                         \
    if (count > 10) p[10] = v.sa;                                       \
    if (count > 11) p[11] = v.sb;                                       \
    if (count > 12) p[12] = v.sc;                                       \
    if (count > 13) p[13] = v.sd;                                       \
    if (count > 14) p[14] = v.se;                                       \
  }
DEFINE_STORE_COLUMNS(store_columns, float16, float)
DEFINE_STORE_COLUMNS(store_long_columns, long16, long)
