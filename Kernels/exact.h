#pragma once
// Exact sums over grains: each grain's gradient is rounded once to a multiple of 1 / scale, and the
// multiples are added as integers, so any order and any grouping of grains gives the same bits.
//
// scale is a power of two. a = gradient * scale, |a| < 2^43, is split in floats into
//   high, a multiple of 2^22 (adding 1.5 * 2^45 leaves no lower bits), |high| <= 2^43, and
//   low, an integer, |low| <= 2^21,
// whose sums over EXACT_FLUSH = 8 grains are exact: |sum of high| <= 2^24 * 2^22, |sum of low| <= 2^24.
// The same integers as rounding each grain to a long, at the cost of float additions.

#define EXACT_FLUSH 8
#define EXACT_SPLIT_HIGH 0x1.8p45f
#define EXACT_SPLIT_LOW 0x1.8p23f

#define EXACT_ADD(high, low, value, scale)                               \
  {                                                                      \
    const float16 a = (value) * (scale);                                 \
    const float16 h = (a + EXACT_SPLIT_HIGH) - EXACT_SPLIT_HIGH;         \
    const float16 l = ((a - h) + EXACT_SPLIT_LOW) - EXACT_SPLIT_LOW;     \
    high += h;                                                           \
    low += l;                                                            \
  }

// The bits of |x| order as integers like |x| itself, with infinity and NaN above all finite numbers.
#define MAGNITUDE(x) (as_int16(x) & 0x7fffffff)

static inline int largest(int16 m) {
  const int8 a = max(m.lo, m.hi);
  const int4 b = max(a.lo, a.hi);
  const int2 c = max(b.lo, b.hi);
  return max(c.x, c.y);
}

// Reports a gradient that does not fit: `limit` is the bits of 2^43 / scale. With limit 0 it reports all.
static inline void report_magnitude(volatile global int* magnitude, int16 m, int limit) {
  const int worst = largest(m);
  if (worst >= limit) atomic_max(magnitude, worst);
}

// sums[0..count) = or += v, by `accumulate`: the first wave of a step writes, the others add.
static inline void add_sums(global long* sums, long16 v, int count, int accumulate) {
  if (!accumulate) {
    store_long_columns(v, sums, count);
  } else if (count >= COLUMNS) {
    vstore16(vload16(0, sums) + v, 0, sums);
  } else {
    union { long16 vector; long elements[COLUMNS]; } u;
    u.vector = v;
    for (int i = 0; i < count; ++i) sums[i] += u.elements[i];
  }
}

// The exact sums of one register tile (tile.h): begin, add one grain's tile, end by writing the sums.
// high and low hold at most EXACT_FLUSH grains, then move into 64-bit integers.
#define EXACT_TILE_BEGIN                             \
  float16 high[TILE_ROWS][TILE_VECTORS];             \
  float16 low[TILE_ROWS][TILE_VECTORS];              \
  long16 exact[TILE_ROWS][TILE_VECTORS];             \
  int16 worst = (int16)(0);                          \
  int pending = 0;                                   \
  FOR_ROWS FOR_VECTORS {                             \
    high[r][v] = (float16)(0.0f);                    \
    low[r][v] = (float16)(0.0f);                     \
    exact[r][v] = (long16)(0);                       \
  }

#define EXACT_TILE_FLUSH                                                        \
  FOR_ROWS FOR_VECTORS {                                                        \
    exact[r][v] += convert_long16(high[r][v]) + convert_long16(low[r][v]);      \
    high[r][v] = (float16)(0.0f);                                               \
    low[r][v] = (float16)(0.0f);                                                \
  }

#define EXACT_TILE_ADD(tile, scale)                              \
  FOR_ROWS FOR_VECTORS {                                         \
    worst = max(worst, MAGNITUDE(tile[r][v]));                   \
    EXACT_ADD(high[r][v], low[r][v], tile[r][v], scale)          \
  }                                                              \
  if (++pending == EXACT_FLUSH) {                                \
    EXACT_TILE_FLUSH                                             \
    pending = 0;                                                 \
  }

// Rows from `row` of `rows`, columns from `column` of `columns` of the gradient [rows, columns].
#define EXACT_TILE_END(sums, row, rows, column, columns, magnitude, limit, accumulate)       \
  EXACT_TILE_FLUSH                                                                           \
  FOR_VECTORS {                                                                              \
    const int c = (column) + v * COLUMNS;                                                    \
    FOR_ROWS if ((row) + r < (rows) && c < (columns))                                        \
        add_sums((sums) + AT((row) + r, columns) + c, exact[r][v],          \
                 (columns)-c, accumulate);                                                   \
  }                                                                                          \
  report_magnitude(magnitude, worst, limit);
