// lint:
// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of pool.cl. A group has a line or a pixel, its items the channels.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#include "single.h"
#include "pool.h"

#define FOR_CHANNELS(c, C) for (int c = ITEM; c < (C); c += GROUP_ITEMS)

#if defined(BUILD_ALL) || defined(BUILD_max_pool_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void max_pool_forward_gpu(
    global float* restrict y,        // [N, OH, OW, C]
    global const float* restrict x,  // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding TAIL_PARAMETERS) {
  const int n = (int)get_group_id(0) / OH;
  const int oh = (int)get_group_id(0) % OH;
  if (n >= N) return;
  for (int e = ITEM; e < OW * C; e += GROUP_ITEMS) {
    const int ow = e / C;
    const int c = e % C;
    const Area area = clipped(oh, ow, H, W, window, stride, padding);
    float best = x[AT((n * H + area.h0) * W + area.w0, C) + (size_t)c];
    for (int h = area.h0; h < area.h1; ++h) {
      for (int w = area.w0; w < area.w1; ++w) {
        const float value = x[AT((n * H + h) * W + w, C) + (size_t)c];
        best = REPLACES(value, best) ? value : best;
      }
    }
    const size_t at = AT((n * OH + oh) * OW, C) + (size_t)e;
    TAIL_ONE(best, at)
    y[at] = best;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_max_pool_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void max_pool_backward_gpu(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    global const float* restrict x,   // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding GRADIENT_PARAMETERS) {
  const int w = (int)get_group_id(0);
  const int n = (int)get_group_id(1) / H;
  const int h = (int)get_group_id(1) % H;
  if (n >= N || w >= W) return;
  FOR_CHANNELS(c, C) {
    float sum = 0.0f;
    for (int oh = first_window(h, window, stride, padding); oh <= last_window(h, stride, padding, OH); ++oh) {
      for (int ow = first_window(w, window, stride, padding); ow <= last_window(w, stride, padding, OW); ++ow) {
        const Area area = clipped(oh, ow, H, W, window, stride, padding);
        float best = x[AT((n * H + area.h0) * W + area.w0, C) + (size_t)c];
        int first = area.h0 * W + area.w0;
        for (int i = area.h0; i < area.h1; ++i) {
          for (int j = area.w0; j < area.w1; ++j) {
            const float value = x[AT((n * H + i) * W + j, C) + (size_t)c];
            if (!REPLACES(value, best)) continue;
            best = value;
            first = i * W + j;
          }
        }
        const float incoming = dy[AT((n * OH + oh) * OW + ow, C) + (size_t)c];
        sum += first == h * W + w ? incoming : 0.0f;
      }
    }
    const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
    GRADIENT_ONE(sum, at)
    dx[at] = sum;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_max_pool_backward_apart_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void max_pool_backward_apart_gpu(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    global const float* restrict x,   // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding GRADIENT_PARAMETERS) {
  const int lines = (H + stride - 1) / stride;
  const int n = (int)get_group_id(0) / lines;
  const int oh = (int)get_group_id(0) % lines;
  if (n >= N) return;
  for (int e = ITEM; e < (W + stride - 1) / stride * C; e += GROUP_ITEMS) {
    const int ow = e / C;
    const int c = e % C;
    const Area area = clipped(oh, ow, H, W, window, stride, padding);
    float incoming = 0.0f;
    int first = -1;
    if (oh < OH && ow < OW) {
      incoming = dy[AT((n * OH + oh) * OW + ow, C) + (size_t)c];
      float best = x[AT((n * H + area.h0) * W + area.w0, C) + (size_t)c];
      first = area.h0 * W + area.w0;
      for (int i = area.h0; i < area.h1; ++i) {
        for (int j = area.w0; j < area.w1; ++j) {
          const float value = x[AT((n * H + i) * W + j, C) + (size_t)c];
          if (!REPLACES(value, best)) continue;
          best = value;
          first = i * W + j;
        }
      }
    }
    for (int h = area.h0; h < min(area.h0 + stride, H); ++h) {
      for (int w = area.w0; w < min(area.w0 + stride, W); ++w) {
        // The sum begins with 0, which -0 becomes.
        float sum = 0.0f + (first == h * W + w ? incoming : 0.0f);
        const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
        GRADIENT_ONE(sum, at)
        dx[at] = sum;
      }
    }
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_average_pool_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void average_pool_forward_gpu(
    global float* restrict y,        // [N, OH, OW, C]
    global const float* restrict x,  // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding,
    int count_include_pad TAIL_PARAMETERS) {
  const int ow = (int)get_group_id(0);
  const int n = (int)get_group_id(1) / OH;
  const int oh = (int)get_group_id(1) % OH;
  if (n >= N || ow >= OW) return;
  const Area area = clipped(oh, ow, H, W, window, stride, padding);
  const float share = divide(
      1.0f, (float)divisor(area, oh, ow, H, W, window, stride, padding, count_include_pad));
  FOR_CHANNELS(c, C) {
    float sum = 0.0f;
    for (int h = area.h0; h < area.h1; ++h)
      for (int w = area.w0; w < area.w1; ++w) sum += x[AT((n * H + h) * W + w, C) + (size_t)c];
    const size_t at = AT((n * OH + oh) * OW + ow, C) + (size_t)c;
    float out = sum * share;
    TAIL_ONE(out, at)
    y[at] = out;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_average_pool_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void average_pool_backward_gpu(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding,
    int count_include_pad GRADIENT_PARAMETERS) {
  const int w = (int)get_group_id(0);
  const int n = (int)get_group_id(1) / H;
  const int h = (int)get_group_id(1) % H;
  if (n >= N || w >= W) return;
  FOR_CHANNELS(c, C) {
    float sum = 0.0f;
    for (int oh = first_window(h, window, stride, padding); oh <= last_window(h, stride, padding, OH); ++oh) {
      for (int ow = first_window(w, window, stride, padding); ow <= last_window(w, stride, padding, OW); ++ow) {
        const Area area = clipped(oh, ow, H, W, window, stride, padding);
        const int count = divisor(area, oh, ow, H, W, window, stride, padding, count_include_pad);
        sum += dy[AT((n * OH + oh) * OW + ow, C) + (size_t)c] * divide(1.0f, (float)count);
      }
    }
    const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
    GRADIENT_ONE(sum, at)
    dx[at] = sum;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_global_average_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void global_average_forward_gpu(
    global float* restrict y,        // [N, C]
    global const float* restrict x,  // [N, pixels, C]
    int N, int pixels, int C TAIL_PARAMETERS) {
  const int column = (int)get_group_id(0) * COLUMNS;
  const int n = (int)get_group_id(1);
  if (n >= N) return;
  for (int c = column + ITEM; c < min(column + COLUMNS, C); c += GROUP_ITEMS) {
    global const float* image = x + AT(AT(n, pixels), C) + c;
    float sum = 0.0f;
    for (int chunk = 0; chunk < pixels; chunk += CHUNK) {
      float acc = 0.0f;
      for (int i = chunk; i < min(chunk + CHUNK, pixels); ++i) acc += image[AT(i, C)];
      sum += acc;
    }
    const size_t at = AT(n, C) + (size_t)c;
    float out = sum * divide(1.0f, (float)pixels);
    TAIL_ONE(out, at)
    y[at] = out;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_global_average_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void global_average_backward_gpu(
    global float* restrict dx,        // [N, pixels, C]
    global const float* restrict dy,  // [N, C]
    int N, int pixels, int C GRADIENT_PARAMETERS) {
  const int c = (int)get_group_id(0) * COLUMNS + ITEM % COLUMNS;
  const int n = (int)get_group_id(1);
  if (c >= C || n >= N) return;
  const float share = dy[AT(n, C) + (size_t)c] * divide(1.0f, (float)pixels);
  for (int i = ITEM / COLUMNS; i < pixels; i += GROUP_ITEMS / COLUMNS) {
    const size_t at = AT(AT(n, pixels) + (size_t)i, C) + (size_t)c;
    float out = share;
    GRADIENT_ONE(out, at)
    dx[at] = out;
  }
}
#endif
