// lint: -DTAIL_FIRST=1 -DTAIL_SAVES=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1
// Batch normalisation with the statistics of each grain. N examples of P pixels, C channels; a grain is `grain`
// consecutive examples, the last may be shorter; grains = N / grain rounded up.
//
// The `grain * P` pixels of a grain are cut into chunks of CHUNK = 256, chunks = grain * P / CHUNK rounded up.
// A chunk's sums have one accumulator per channel, pixels ascending; the chunks' results are joined ascending.
// moments holds mean, inverse deviation and unbiased variance of each grain and channel.

#ifndef TILE_VECTORS
#define TILE_VECTORS 4
#endif
#include "tile.h"
#include "statistics.h"
#include "tail.h"

#define CHUNKS(pixels) (((pixels) + CHUNK - 1) / CHUNK)

// Pixels of one work-item where nothing is summed: no part of the contract.
#define PIXELS 64

// Sets v, per vector of columns, from an array [C] at p.
#define LOAD_CHANNELS(v_, p) EACH_VECTOR v_[v] = load_columns((p) + v * COLUMNS, count - v * COLUMNS);

// The mean of `pixels` rows of C channels at x, and the sum of the squared distances from it, which reads the rows
// again from the cache; the sum of the distances themselves is what rounding left out of the mean.
static inline void chunk_moments(
    float16 mean[TILE_VECTORS], float16 squares[TILE_VECTORS], global const float* x, int pixels, int C,
    int count, bool guarded) {
  float16 sum[TILE_VECTORS];
  FOR_VECTORS sum[v] = squares[v] = (float16)(0.0f);
  for (int i = 0; i < pixels; ++i) {
    float16 a[TILE_VECTORS];
    LOAD_VECTORS(a, x + AT(i, C), guarded, count)
    FOR_VECTORS sum[v] += a[v];
  }
  const float inverse = divide(1.0f, (float)pixels);
  FOR_VECTORS {
    mean[v] = sum[v] * inverse;
    sum[v] = (float16)(0.0f);
  }
  for (int i = 0; i < pixels; ++i) {
    float16 a[TILE_VECTORS];
    LOAD_VECTORS(a, x + AT(i, C), guarded, count)
    FOR_VECTORS {
      const float16 d = a[v] - mean[v];
      sum[v] += d;
      squares[v] = fma(d, d, squares[v]);
    }
  }
  FOR_VECTORS mean[v] = fma(sum[v], (float16)(inverse), mean[v]);
}

// partials[g, k, 0, c] = mean of x over the pixels of chunk k of grain g; partials[g, k, 1, c] = sum of the squared
// distances from it. One work-item per TILE_COLUMNS channels (dimension 0), chunk (1), grain (2).
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_chunks)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_chunks(
    global float* restrict partials,  // [grains, chunks, 2, C]
    global const float* restrict x,   // [N, P, C]
    int N, int grain, int P, int C) {
  const int column = (int)get_global_id(0) * TILE_COLUMNS;
  const int first = (int)get_global_id(1) * CHUNK;
  const int g = (int)get_global_id(2);
  const int pixels = min(min(grain, N - g * grain) * P - first, CHUNK);
  if (column >= C || pixels <= 0) return;
  const int count = C - column;
  global const float* from = x + AT(AT(g * grain, P) + (size_t)first, C) + column;
  float16 mean[TILE_VECTORS];
  float16 squares[TILE_VECTORS];
  if (count < TILE_COLUMNS) {
    chunk_moments(mean, squares, from, pixels, C, count, true);
  } else {
    chunk_moments(mean, squares, from, pixels, C, count, false);
  }
  global float* to = partials + AT(AT(g, CHUNKS(grain * P)) + get_global_id(1), 2 * C) + column;
  EACH_VECTOR {
    store_columns(mean[v], to + v * COLUMNS, count - v * COLUMNS);
    store_columns(squares[v], to + C + v * COLUMNS, count - v * COLUMNS);
  }
}
#endif

// moments[g, :, c] = mean, 1 / sqrt(variance + epsilon), unbiased variance of the grain, where
// mean = first chunk's mean + sum of chunk's pixels * (chunk's mean - first chunk's mean) / pixels,
// variance = sum of (squares + chunk's pixels * (chunk's mean - mean)^2) / pixels.
// One work-item per 16 channels (dimension 0) and grain (1).
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_statistics)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_statistics(
    global float* restrict moments,         // [grains, 3, C]
    global const float* restrict partials,  // [grains, chunks, 2, C]
    int N, int grain, int P, int C, float epsilon) {
  const int column = (int)get_global_id(0) * COLUMNS;
  const int g = (int)get_global_id(1);
  const int pixels = min(grain, N - g * grain) * P;
  if (column >= C || pixels <= 0) return;
  const int count = C - column;
  const int chunks = CHUNKS(pixels);
  global const float* from = partials + AT(AT(g, CHUNKS(grain * P)), 2 * C) + column;
  const float16 first = load_columns(from, count);
  float16 sum = (float16)(0.0f);
  for (int k = 1; k < chunks; ++k) {
    const float part = (float)min(CHUNK, pixels - k * CHUNK);
    sum = fma(load_columns(from + AT(k, 2 * C), count) - first, (float16)(part), sum);
  }
  const float inverse = divide(1.0f, (float)pixels);
  const float16 mean = fma(sum, (float16)(inverse), first);
  float16 squares = (float16)(0.0f);
  for (int k = 0; k < chunks; ++k) {
    const float part = (float)min(CHUNK, pixels - k * CHUNK);
    const float16 d = load_columns(from + AT(k, 2 * C), count) - mean;
    squares += fma(d * d, (float16)(part), load_columns(from + AT(k, 2 * C) + C, count));
  }
  global float* to = moments + AT(g, 3 * C) + column;
  store_columns(mean, to, count);
  store_columns(inverse_deviation(squares * inverse, epsilon), to + C, count);
  store_columns(squares * divide(1.0f, (float)max(pixels - 1, 1)), to + 2 * C, count);
}
#endif

// y[n, p, c] = (x - mean) * (inverse * gamma[c]) + beta[c] with one fma, then the tail: the part of all kernels
// that write y. Pixels `first` to `end` of example n, channels from `column` on.
#define NORMALISE(mean, factor, shift)                                               \
  for (int p = first; p < end; ++p) {                                                \
    const size_t row = AT(AT(n, P) + (size_t)p, C) + (size_t)column;                 \
    EACH_VECTOR {                                                                    \
      const int part = count - v * COLUMNS;                                          \
      if (part <= 0) continue;                                                       \
      const size_t at = row + (size_t)(v * COLUMNS);                                 \
      float16 value = fma(load_columns(x + at, part) - mean[v], factor[v], shift[v]); \
      TAIL(value, at, part)                                                          \
      store_columns(value, y + at, part);                                            \
    }                                                                                \
  }

// y = normalised x by the moments of its grain. One work-item per TILE_COLUMNS channels (dimension 0), PIXELS
// pixels (1) and example (2).
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_forward(
    global float* restrict y,              // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [grains, 3, C]
    global const float* restrict gamma,    // [C]
    global const float* restrict beta,     // [C]
    int N, int grain, int P, int C TAIL_PARAMETERS) {
  const int column = (int)get_global_id(0) * TILE_COLUMNS;
  const int first = (int)get_global_id(1) * PIXELS;
  const int n = (int)get_global_id(2);
  if (column >= C || first >= P || n >= N) return;
  const int end = min(first + PIXELS, P);
  const int count = C - column;
  global const float* of = moments + AT(n / grain, 3 * C) + column;
  float16 mean[TILE_VECTORS], factor[TILE_VECTORS], scale[TILE_VECTORS], shift[TILE_VECTORS];
  LOAD_CHANNELS(mean, of)
  LOAD_CHANNELS(factor, of + C)
  LOAD_CHANNELS(scale, gamma + column)
  LOAD_CHANNELS(shift, beta + column)
  FOR_VECTORS factor[v] *= scale[v];
  NORMALISE(mean, factor, shift)
}
#endif

// y = normalised x by the running statistics, for evaluation. Work-items as in forward.
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_evaluate)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_evaluate(
    global float* restrict y,                       // [N, P, C]
    global const float* restrict x,                 // [N, P, C]
    global const float* restrict running_mean,      // [C]
    global const float* restrict running_variance,  // [C]
    global const float* restrict gamma,             // [C]
    global const float* restrict beta,              // [C]
    int N, int P, int C, float epsilon TAIL_PARAMETERS) {
  const int column = (int)get_global_id(0) * TILE_COLUMNS;
  const int first = (int)get_global_id(1) * PIXELS;
  const int n = (int)get_global_id(2);
  if (column >= C || first >= P || n >= N) return;
  const int end = min(first + PIXELS, P);
  const int count = C - column;
  float16 mean[TILE_VECTORS], factor[TILE_VECTORS], scale[TILE_VECTORS], shift[TILE_VECTORS];
  LOAD_CHANNELS(mean, running_mean + column)
  LOAD_CHANNELS(factor, running_variance + column)
  LOAD_CHANNELS(scale, gamma + column)
  LOAD_CHANNELS(shift, beta + column)
  EACH_VECTOR factor[v] = inverse_deviation(factor[v], epsilon) * scale[v];
  NORMALISE(mean, factor, shift)
}
#endif

// The sums of dy and of dy * (x - mean) over `pixels` rows.
static inline void chunk_gradients(
    float16 sum[TILE_VECTORS], float16 product[TILE_VECTORS], float16 mean[TILE_VECTORS],
    global const float* dy, global const float* x, int pixels, int C, int count, bool guarded) {
  FOR_VECTORS sum[v] = product[v] = (float16)(0.0f);
  for (int i = 0; i < pixels; ++i) {
    float16 a[TILE_VECTORS];
    float16 b[TILE_VECTORS];
    LOAD_VECTORS(a, x + AT(i, C), guarded, count)
    LOAD_VECTORS(b, dy + AT(i, C), guarded, count)
    FOR_VECTORS {
      sum[v] += b[v];
      product[v] = fma(b[v], a[v] - mean[v], product[v]);
    }
  }
}

// chunk_sums[g, k, 0, c] = sum of dy over the pixels of chunk k of grain g, chunk_sums[g, k, 1, c] = sum of
// dy * (x - mean). Work-items as in batch_norm_chunks.
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_chunks)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_backward_chunks(
    global float* restrict chunk_sums,     // [grains, chunks, 2, C]
    global const float* restrict dy,       // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [grains, 3, C]
    int N, int grain, int P, int C) {
  const int column = (int)get_global_id(0) * TILE_COLUMNS;
  const int first = (int)get_global_id(1) * CHUNK;
  const int g = (int)get_global_id(2);
  const int pixels = min(min(grain, N - g * grain) * P - first, CHUNK);
  if (column >= C || pixels <= 0) return;
  const int count = C - column;
  const size_t at = AT(AT(g * grain, P) + (size_t)first, C) + (size_t)column;
  float16 mean[TILE_VECTORS], sum[TILE_VECTORS], product[TILE_VECTORS];
  LOAD_CHANNELS(mean, moments + AT(g, 3 * C) + column)
  if (count < TILE_COLUMNS) {
    chunk_gradients(sum, product, mean, dy + at, x + at, pixels, C, count, true);
  } else {
    chunk_gradients(sum, product, mean, dy + at, x + at, pixels, C, count, false);
  }
  global float* to = chunk_sums + AT(AT(g, CHUNKS(grain * P)) + get_global_id(1), 2 * C) + column;
  EACH_VECTOR {
    store_columns(sum[v], to + v * COLUMNS, count - v * COLUMNS);
    store_columns(product[v], to + C + v * COLUMNS, count - v * COLUMNS);
  }
}
#endif

// partials[g, 0, c] = sum over the grain of dy (beta's gradient), partials[g, 1, c] = inverse deviation * sum of
// dy * (x - mean) (gamma's). One work-item per 16 channels (dimension 0) and grain (1).
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_sums)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_backward_sums(
    global float* restrict partials,          // [grains, 2, C]
    global const float* restrict chunk_sums,  // [grains, chunks, 2, C]
    global const float* restrict moments,     // [grains, 3, C]
    int N, int grain, int P, int C) {
  const int column = (int)get_global_id(0) * COLUMNS;
  const int g = (int)get_global_id(1);
  const int pixels = min(grain, N - g * grain) * P;
  if (column >= C || pixels <= 0) return;
  const int count = C - column;
  global const float* from = chunk_sums + AT(AT(g, CHUNKS(grain * P)), 2 * C) + column;
  float16 sum = (float16)(0.0f);
  float16 product = (float16)(0.0f);
  for (int k = 0; k < CHUNKS(pixels); ++k) {
    sum += load_columns(from + AT(k, 2 * C), count);
    product += load_columns(from + AT(k, 2 * C) + C, count);
  }
  global float* to = partials + AT(g, 2 * C) + column;
  store_columns(sum, to, count);
  store_columns(product * load_columns(moments + AT(g, 3 * C) + C + column, count), to + C, count);
}
#endif

// dx[n, p, c] = gamma * inverse * (dy - sum / pixels - (x - mean) * inverse * product / pixels): the gradient
// through the grain's statistics. Work-items as in forward.
#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batch_norm_backward_input(
    global float* restrict dx,              // [N, P, C]
    global const float* restrict dy,        // [N, P, C]
    global const float* restrict x,         // [N, P, C]
    global const float* restrict moments,   // [grains, 3, C]
    global const float* restrict partials,  // [grains, 2, C]
    global const float* restrict gamma,     // [C]
    int N, int grain, int P, int C GRADIENT_PARAMETERS) {
  const int column = (int)get_global_id(0) * TILE_COLUMNS;
  const int first = (int)get_global_id(1) * PIXELS;
  const int n = (int)get_global_id(2);
  if (column >= C || first >= P || n >= N) return;
  const int end = min(first + PIXELS, P);
  const int count = C - column;
  const int g = n / grain;
  const float share = divide(1.0f, (float)(min(grain, N - g * grain) * P));
  float16 mean[TILE_VECTORS], factor[TILE_VECTORS], scale[TILE_VECTORS];
  float16 sum[TILE_VECTORS], product[TILE_VECTORS];
  LOAD_CHANNELS(mean, moments + AT(g, 3 * C) + column)
  LOAD_CHANNELS(factor, moments + AT(g, 3 * C) + C + column)
  LOAD_CHANNELS(scale, gamma + column)
  LOAD_CHANNELS(sum, partials + AT(g, 2 * C) + column)
  LOAD_CHANNELS(product, partials + AT(g, 2 * C) + C + column)
  FOR_VECTORS {
    sum[v] *= share;
    product[v] = -(product[v] * share * factor[v]);
    factor[v] *= scale[v];
  }
  for (int p = first; p < end; ++p) {
    const size_t row = AT(AT(n, P) + (size_t)p, C) + (size_t)column;
    EACH_VECTOR {
      const int part = count - v * COLUMNS;
      if (part <= 0) continue;
      const size_t at = row + (size_t)(v * COLUMNS);
      const float16 a = load_columns(x + at, part);
      float16 value = fma(a - mean[v], product[v], load_columns(dy + at, part) - sum[v]) * factor[v];
      GRADIENT(value, at, part)
      store_columns(value, dx + at, part);
    }
  }
}
#endif
