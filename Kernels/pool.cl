// lint:
// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// Maximum and average over windows of window x window pixels, `stride` apart; windows are clipped to the image.
// N examples, H x W input pixels, OH x OW output pixels, C channels. The window of output pixel (oh, ow) begins at
// (oh * stride - padding, ow * stride - padding).

#include "pool.h"
#include "tail.h"

#define FOR_CHANNELS(c, C) for (int c = 0; c < (C); c += COLUMNS)

// y[n, oh, ow, c] = tail of max over the window of x. One work-item per output line: N * OH.
#if defined(BUILD_ALL) || defined(BUILD_max_pool_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void max_pool_forward(
    global float* restrict y,        // [N, OH, OW, C]
    global const float* restrict x,  // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding TAIL_PARAMETERS) {
  const int n = (int)get_global_id(0) / OH;
  const int oh = (int)get_global_id(0) % OH;
  if (n >= N) return;
  for (int ow = 0; ow < OW; ++ow) {
    const Area area = clipped(oh, ow, H, W, window, stride, padding);
    FOR_CHANNELS(c, C) {
      float16 best = load_columns(x + AT((n * H + area.h0) * W + area.w0, C) + c, C - c);
      for (int h = area.h0; h < area.h1; ++h) {
        for (int w = area.w0; w < area.w1; ++w) {
          const float16 value = load_columns(x + AT((n * H + h) * W + w, C) + c, C - c);
          best = select(best, value, REPLACES(value, best));
        }
      }
      const size_t at = AT((n * OH + oh) * OW + ow, C) + (size_t)c;
      TAIL(best, at, C - c)
      store_columns(best, y + at, C - c);
    }
  }
}
#endif

// dx[n, h, w, c] = gradient tail of the sum of dy over the windows, ascending, whose first maximum is this pixel.
// One work-item per input pixel: dimension 0 counts the pixels of a line, 1 the N * H lines.
#if defined(BUILD_ALL) || defined(BUILD_max_pool_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void max_pool_backward(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    global const float* restrict x,   // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding GRADIENT_PARAMETERS) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  FOR_CHANNELS(c, C) {
    float16 sum = (float16)(0.0f);
    for (int oh = first_window(h, window, stride, padding); oh <= last_window(h, stride, padding, OH); ++oh) {
      for (int ow = first_window(w, window, stride, padding); ow <= last_window(w, stride, padding, OW); ++ow) {
        const Area area = clipped(oh, ow, H, W, window, stride, padding);
        float16 best = load_columns(x + AT((n * H + area.h0) * W + area.w0, C) + c, C - c);
        int16 first = (int16)(area.h0 * W + area.w0);
        for (int i = area.h0; i < area.h1; ++i) {
          for (int j = area.w0; j < area.w1; ++j) {
            const float16 value = load_columns(x + AT((n * H + i) * W + j, C) + c, C - c);
            const int16 replaces = REPLACES(value, best);
            best = select(best, value, replaces);
            first = select(first, (int16)(i * W + j), replaces);
          }
        }
        const float16 incoming = load_columns(dy + AT((n * OH + oh) * OW + ow, C) + c, C - c);
        sum += select((float16)(0.0f), incoming, first == (int16)(h * W + w));
      }
    }
    const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
    GRADIENT(sum, at, C - c)
    store_columns(sum, dx + at, C - c);
  }
}
#endif

// The same where windows lie apart (window <= stride, no padding): each is searched once. One work-item per line of cells
// of stride x stride pixels, each with the window at its corner, or none at the end: N * ceil(H / stride).
#if defined(BUILD_ALL) || defined(BUILD_max_pool_backward_apart)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void max_pool_backward_apart(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    global const float* restrict x,   // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding GRADIENT_PARAMETERS) {
  const int lines = (H + stride - 1) / stride;
  const int n = (int)get_global_id(0) / lines;
  const int oh = (int)get_global_id(0) % lines;
  if (n >= N) return;
  for (int ow = 0; ow * stride < W; ++ow) {
    const bool has_window = oh < OH && ow < OW;
    const Area area = clipped(oh, ow, H, W, window, stride, padding);
    FOR_CHANNELS(c, C) {
      float16 incoming = (float16)(0.0f);
      int16 first = (int16)(-1);
      if (has_window) {
        incoming = load_columns(dy + AT((n * OH + oh) * OW + ow, C) + c, C - c);
        float16 best = load_columns(x + AT((n * H + area.h0) * W + area.w0, C) + c, C - c);
        first = (int16)(area.h0 * W + area.w0);
        for (int h = area.h0; h < area.h1; ++h) {
          for (int w = area.w0; w < area.w1; ++w) {
            const float16 value = load_columns(x + AT((n * H + h) * W + w, C) + c, C - c);
            const int16 replaces = REPLACES(value, best);
            best = select(best, value, replaces);
            first = select(first, (int16)(h * W + w), replaces);
          }
        }
      }
      for (int h = area.h0; h < min(area.h0 + stride, H); ++h) {
        for (int w = area.w0; w < min(area.w0 + stride, W); ++w) {
          // The sum above begins with 0, which -0 becomes.
          float16 sum = (float16)(0.0f) + select((float16)(0.0f), incoming, first == (int16)(h * W + w));
          const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
          GRADIENT(sum, at, C - c)
          store_columns(sum, dx + at, C - c);
        }
      }
    }
  }
}
#endif

// y[n, oh, ow, c] = tail of (sum over the window of x, ascending) * (1 / count). Work-items as for the maximum.
#if defined(BUILD_ALL) || defined(BUILD_average_pool_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void average_pool_forward(
    global float* restrict y,        // [N, OH, OW, C]
    global const float* restrict x,  // [N, H, W, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding,
    int count_include_pad TAIL_PARAMETERS) {
  const int ow = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / OH;
  const int oh = (int)get_global_id(1) % OH;
  if (n >= N || ow >= OW) return;
  const Area area = clipped(oh, ow, H, W, window, stride, padding);
  const float share = divide(
      1.0f, (float)divisor(area, oh, ow, H, W, window, stride, padding, count_include_pad));
  FOR_CHANNELS(c, C) {
    float16 sum = (float16)(0.0f);
    for (int h = area.h0; h < area.h1; ++h)
      for (int w = area.w0; w < area.w1; ++w)
        sum += load_columns(x + AT((n * H + h) * W + w, C) + c, C - c);
    const size_t at = AT((n * OH + oh) * OW + ow, C) + (size_t)c;
    float16 out = sum * share;
    TAIL(out, at, C - c)
    store_columns(out, y + at, C - c);
  }
}
#endif

// dx[n, h, w, c] = gradient tail of the sum over the windows of this pixel, ascending, of dy * (1 / count).
// Work-items as for the maximum.
#if defined(BUILD_ALL) || defined(BUILD_average_pool_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void average_pool_backward(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, C]
    int N, int H, int W, int C, int OH, int OW, int window, int stride, int padding,
    int count_include_pad GRADIENT_PARAMETERS) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  // Most windows have the same count: divide only where it changes.
  int last = 0;
  float share = 0.0f;
  FOR_CHANNELS(c, C) {
    float16 sum = (float16)(0.0f);
    for (int oh = first_window(h, window, stride, padding); oh <= last_window(h, stride, padding, OH); ++oh) {
      for (int ow = first_window(w, window, stride, padding); ow <= last_window(w, stride, padding, OW); ++ow) {
        const Area area = clipped(oh, ow, H, W, window, stride, padding);
        const int count = divisor(area, oh, ow, H, W, window, stride, padding, count_include_pad);
        if (count != last) share = divide(1.0f, (float)count);
        last = count;
        sum += load_columns(dy + AT((n * OH + oh) * OW + ow, C) + c, C - c) * share;
      }
    }
    const size_t at = AT((n * H + h) * W + w, C) + (size_t)c;
    GRADIENT(sum, at, C - c)
    store_columns(sum, dx + at, C - c);
  }
}
#endif

// y[n, c] = tail of (sum over the `pixels` pixels of x, ascending, in chunks) * (1 / pixels).
// One work-item per 16 channels of an example: dimension 0 counts 16 channels, 1 examples.
#if defined(BUILD_ALL) || defined(BUILD_global_average_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void global_average_forward(
    global float* restrict y,        // [N, C]
    global const float* restrict x,  // [N, pixels, C]
    int N, int pixels, int C TAIL_PARAMETERS) {
  const int c = (int)get_global_id(0) * COLUMNS;
  const int n = (int)get_global_id(1);
  if (c >= C || n >= N) return;
  global const float* image = x + AT(AT(n, pixels), C) + c;
  float16 sum = (float16)(0.0f);
  for (int chunk = 0; chunk < pixels; chunk += CHUNK) {
    float16 acc = (float16)(0.0f);
    for (int i = chunk; i < min(chunk + CHUNK, pixels); ++i) acc += load_columns(image + AT(i, C), C - c);
    sum += acc;
  }
  const size_t at = AT(n, C) + (size_t)c;
  float16 out = sum * divide(1.0f, (float)pixels);
  TAIL(out, at, C - c)
  store_columns(out, y + at, C - c);
}
#endif

// dx[n, pixel, c] = gradient tail of dy[n, c] * (1 / pixels). Work-items as in forward.
#if defined(BUILD_ALL) || defined(BUILD_global_average_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void global_average_backward(
    global float* restrict dx,        // [N, pixels, C]
    global const float* restrict dy,  // [N, C]
    int N, int pixels, int C GRADIENT_PARAMETERS) {
  const int c = (int)get_global_id(0) * COLUMNS;
  const int n = (int)get_global_id(1);
  if (c >= C || n >= N) return;
  const float16 share = load_columns(dy + AT(n, C) + c, C - c) * divide(1.0f, (float)pixels);
  for (int i = 0; i < pixels; ++i) {
    const size_t at = AT(AT(n, pixels) + (size_t)i, C) + (size_t)c;
    float16 out = share;
    GRADIENT(out, at, C - c)
    store_columns(out, dx + at, C - c);
  }
}
#endif
