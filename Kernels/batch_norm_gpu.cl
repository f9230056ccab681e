// lint: -DTAIL_FIRST=1 -DTAIL_SAVES=1 -DTAIL_ADDS=1 -DTAIL_DROPOUT=1 -DGRADIENT_ADDS=1
// The GPU variants of batch_norm.cl. A group has 64 channels, or 16 where chunks are joined. An item has one channel of
// a sum; where nothing is summed, four items share a pixel, each with every fourth channel.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#define STRIDE 4
#include "strided.h"
#include "statistics.h"
#include "tail.h"

#define CHUNKS(pixels) (((pixels) + CHUNK - 1) / CHUNK)
#define CHANNELS 64
#define PIXELS 64

// The channels of a group that this item has a turn with, and those that there are.
#define FOR_CHANNELS(channels)                                                     \
  const int column = (int)get_group_id(0) * (channels);                            \
  for (int c = column + ITEM; c < min(column + (channels), C); c += GROUP_ITEMS)

// The pixels of the group's block that this item has a turn with; vectors begin at channel `column`.
#define FOR_PIXELS \
  for (int p = first + ITEM / STRIDE; p < min(first + PIXELS, P); p += GROUP_ITEMS / STRIDE)

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_chunks_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_chunks_gpu(
    global float* restrict partials,  // [grains, chunks, 2, C]
    global const float* restrict x,   // [N, P, C]
    int N, int grain, int P, int C) {
  const int first = (int)get_group_id(1) * CHUNK;
  const int g = (int)get_group_id(2);
  const int pixels = min(min(grain, N - g * grain) * P - first, CHUNK);
  if (pixels <= 0) return;
  const float inverse = divide(1.0f, (float)pixels);
  FOR_CHANNELS(CHANNELS) {
    global const float* from = x + AT(AT(g * grain, P) + (size_t)first, C) + c;
    float sum = 0.0f;
    for (int i = 0; i < pixels; ++i) sum += from[AT(i, C)];
    const float mean = sum * inverse;
    float rest = 0.0f;
    float squares = 0.0f;
    for (int i = 0; i < pixels; ++i) {
      const float d = from[AT(i, C)] - mean;
      rest += d;
      squares = fma(d, d, squares);
    }
    global float* to = partials + AT(AT(g, CHUNKS(grain * P)) + get_group_id(1), 2 * C) + c;
    to[0] = fma(rest, inverse, mean);
    to[C] = squares;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_statistics_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_statistics_gpu(
    global float* restrict moments,         // [grains, 3, C]
    global const float* restrict partials,  // [grains, chunks, 2, C]
    int N, int grain, int P, int C, float epsilon) {
  const int g = (int)get_group_id(1);
  const int pixels = min(grain, N - g * grain) * P;
  if (pixels <= 0) return;
  const int chunks = CHUNKS(pixels);
  const float inverse = divide(1.0f, (float)pixels);
  const float unbiased = divide(1.0f, (float)max(pixels - 1, 1));
  FOR_CHANNELS(COLUMNS) {
    global const float* from = partials + AT(AT(g, CHUNKS(grain * P)), 2 * C) + c;
    const float first = from[0];
    float sum = 0.0f;
    for (int k = 1; k < chunks; ++k) {
      const float part = (float)min(CHUNK, pixels - k * CHUNK);
      sum = fma(from[AT(k, 2 * C)] - first, part, sum);
    }
    const float mean = fma(sum, inverse, first);
    float squares = 0.0f;
    for (int k = 0; k < chunks; ++k) {
      const float part = (float)min(CHUNK, pixels - k * CHUNK);
      const float d = from[AT(k, 2 * C)] - mean;
      squares += fma(d * d, part, from[AT(k, 2 * C) + (size_t)C]);
    }
    global float* to = moments + AT(g, 3 * C) + c;
    to[0] = mean;
    to[C] = inverse_deviation1(squares * inverse, epsilon);
    to[2 * C] = squares * unbiased;
  }
}
#endif

#define NORMALISE(mean, factor, shift)                                             \
  FOR_PIXELS {                                                                     \
    const size_t at = AT(AT(n, P) + (size_t)p, C) + (size_t)column;                \
    float16 value = fma(load_strided(x + at, count) - mean, factor, shift);        \
    TAIL(value, at, count)                                                         \
    store_strided(value, y + at, count);                                           \
  }

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_forward_gpu(
    global float* restrict y,              // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [grains, 3, C]
    global const float* restrict gamma,    // [C]
    global const float* restrict beta,     // [C]
    int N, int grain, int P, int C TAIL_PARAMETERS) {
  const int column = (int)get_group_id(0) * CHANNELS + ITEM % STRIDE;
  const int first = (int)get_group_id(1) * PIXELS;
  const int n = (int)get_group_id(2);
  if (column >= C || n >= N) return;
  const int count = C - column;
  global const float* of = moments + AT(n / grain, 3 * C) + column;
  const float16 mean = load_strided(of, count);
  const float16 factor = load_strided(of + C, count) * load_strided(gamma + column, count);
  const float16 shift = load_strided(beta + column, count);
  NORMALISE(mean, factor, shift)
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_evaluate_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_evaluate_gpu(
    global float* restrict y,                       // [N, P, C]
    global const float* restrict x,                 // [N, P, C]
    global const float* restrict running_mean,      // [C]
    global const float* restrict running_variance,  // [C]
    global const float* restrict gamma,             // [C]
    global const float* restrict beta,              // [C]
    int N, int P, int C, float epsilon TAIL_PARAMETERS) {
  const int column = (int)get_group_id(0) * CHANNELS + ITEM % STRIDE;
  const int first = (int)get_group_id(1) * PIXELS;
  const int n = (int)get_group_id(2);
  if (column >= C || n >= N) return;
  const int count = C - column;
  const float16 mean = load_strided(running_mean + column, count);
  const float16 variance = load_strided(running_variance + column, count);
  const float16 factor = inverse_deviation(variance, epsilon) * load_strided(gamma + column, count);
  const float16 shift = load_strided(beta + column, count);
  NORMALISE(mean, factor, shift)
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_chunks_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_backward_chunks_gpu(
    global float* restrict chunk_sums,     // [grains, chunks, 2, C]
    global const float* restrict dy,       // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [grains, 3, C]
    int N, int grain, int P, int C) {
  const int first = (int)get_group_id(1) * CHUNK;
  const int g = (int)get_group_id(2);
  const int pixels = min(min(grain, N - g * grain) * P - first, CHUNK);
  if (pixels <= 0) return;
  FOR_CHANNELS(CHANNELS) {
    const size_t at = AT(AT(g * grain, P) + (size_t)first, C) + (size_t)c;
    const float mean = moments[AT(g, 3 * C) + (size_t)c];
    float sum = 0.0f;
    float product = 0.0f;
    for (int i = 0; i < pixels; ++i) {
      const float b = dy[at + AT(i, C)];
      sum += b;
      product = fma(b, x[at + AT(i, C)] - mean, product);
    }
    global float* to = chunk_sums + AT(AT(g, CHUNKS(grain * P)) + get_group_id(1), 2 * C) + c;
    to[0] = sum;
    to[C] = product;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_sums_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_backward_sums_gpu(
    global float* restrict partials,          // [grains, 2, C]
    global const float* restrict chunk_sums,  // [grains, chunks, 2, C]
    global const float* restrict moments,     // [grains, 3, C]
    int N, int grain, int P, int C) {
  const int g = (int)get_group_id(1);
  const int pixels = min(grain, N - g * grain) * P;
  if (pixels <= 0) return;
  FOR_CHANNELS(COLUMNS) {
    global const float* from = chunk_sums + AT(AT(g, CHUNKS(grain * P)), 2 * C) + c;
    float sum = 0.0f;
    float product = 0.0f;
    for (int k = 0; k < CHUNKS(pixels); ++k) {
      sum += from[AT(k, 2 * C)];
      product += from[AT(k, 2 * C) + (size_t)C];
    }
    global float* to = partials + AT(g, 2 * C) + c;
    to[0] = sum;
    to[C] = product * moments[AT(g, 3 * C) + (size_t)(C + c)];
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_batch_norm_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batch_norm_backward_input_gpu(
    global float* restrict dx,              // [N, P, C]
    global const float* restrict dy,        // [N, P, C]
    global const float* restrict x,         // [N, P, C]
    global const float* restrict moments,   // [grains, 3, C]
    global const float* restrict partials,  // [grains, 2, C]
    global const float* restrict gamma,     // [C]
    int N, int grain, int P, int C GRADIENT_PARAMETERS) {
  const int column = (int)get_group_id(0) * CHANNELS + ITEM % STRIDE;
  const int first = (int)get_group_id(1) * PIXELS;
  const int n = (int)get_group_id(2);
  if (column >= C || n >= N) return;
  const int count = C - column;
  const int g = n / grain;
  const float share = divide(1.0f, (float)(min(grain, N - g * grain) * P));
  const float16 mean = load_strided(moments + AT(g, 3 * C) + column, count);
  const float16 inverse = load_strided(moments + AT(g, 3 * C) + C + column, count);
  const float16 sum = load_strided(partials + AT(g, 2 * C) + column, count) * share;
  const float16 products = load_strided(partials + AT(g, 2 * C) + C + column, count);
  const float16 product = -(products * share * inverse);
  const float16 factor = inverse * load_strided(gamma + column, count);
  FOR_PIXELS {
    const size_t at = AT(AT(n, P) + (size_t)p, C) + (size_t)column;
    const float16 a = load_strided(x + at, count);
    float16 value = fma(a - mean, product, load_strided(dy + at, count) - sum) * factor;
    GRADIENT(value, at, count)
    store_strided(value, dx + at, count);
  }
}
#endif
