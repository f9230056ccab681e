// lint: -DBIAS=1
// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// Depthwise convolution, channels last: each of G channels has its own KH x KW taps, `dilation` pixels apart.
// N examples, H x W input pixels, OH x OW output pixels; taps as in convolution.cl, but those outside of the image
// take no part.

#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"
#include "tail.h"

#ifndef BIAS
#define BIAS 0
#endif
#if BIAS
#define BIAS_PARAMETER global const float *restrict bias, /* [G] */
#define BIAS_COLUMNS(g, count) load_columns(bias + (g), count)
#else
#define BIAS_PARAMETER
#define BIAS_COLUMNS(g, count) ((float16)(0.0f))
#endif

#define FOR_CHANNELS(g, G) for (int g = 0; g < (G); g += COLUMNS)

// y[n, oh, ow, g] = tail of bias[g] + sum over taps of x * w, ascending, one accumulator; the bias where BIAS.
// One work-item per output pixel: dimension 0 counts the pixels of a line, 1 the N * OH lines.
#if defined(BUILD_ALL) || defined(BUILD_depthwise_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void depthwise_forward(
    global float* restrict y,        // [N, OH, OW, G]
    global const float* restrict x,  // [N, H, W, G]
    global const float* restrict w,  // [KH, KW, G]
    BIAS_PARAMETER
    int N, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation TAIL_PARAMETERS) {
  const int ow = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / OH;
  const int oh = (int)get_global_id(1) % OH;
  if (ow >= OW || n >= N) return;
  const int h0 = oh * stride - padding_h;
  const int w0 = ow * stride - padding_w;
  const size_t out = AT(AT(get_global_id(1), OW) + (size_t)ow, G);
  FOR_CHANNELS(g, G) {
    float16 acc = (float16)(0.0f);
    for (int kh = 0; kh < KH; ++kh) {
      const int ih = h0 + kh * dilation;
      if ((uint)ih >= (uint)H) continue;
      for (int kw = 0; kw < KW; ++kw) {
        const int iw = w0 + kw * dilation;
        if ((uint)iw >= (uint)W) continue;
        acc = fma(load_columns(x + AT((n * H + ih) * W + iw, G) + g, G - g),
                  load_columns(w + AT(kh * KW + kw, G) + g, G - g), acc);
      }
    }
    const size_t at = out + (size_t)g;
    float16 v = BIAS ? acc + BIAS_COLUMNS(g, G - g) : acc;
    TAIL(v, at, G - g)
    store_columns(v, y + at, G - g);
  }
}
#endif

// dx[n, h, w, g] = gradient tail of sum over taps, ascending, of dy * w. One work-item per input pixel: dimension 0
// counts the pixels of a line, 1 the N * H lines.
#if defined(BUILD_ALL) || defined(BUILD_depthwise_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void depthwise_backward_input(
    global float* restrict dx,        // [N, H, W, G]
    global const float* restrict dy,  // [N, OH, OW, G]
    global const float* restrict w,   // [KH, KW, G]
    int N, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation GRADIENT_PARAMETERS) {
  const int w0 = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h0 = (int)get_global_id(1) % H;
  if (w0 >= W || n >= N) return;
  const size_t out = AT(AT(get_global_id(1), W) + (size_t)w0, G);
  FOR_CHANNELS(g, G) {
    float16 acc = (float16)(0.0f);
    for (int kh = 0; kh < KH; ++kh) {
      const int h = h0 + padding_h - kh * dilation;
      if (h < 0 || h % stride != 0 || h / stride >= OH) continue;
      for (int kw = 0; kw < KW; ++kw) {
        const int v = w0 + padding_w - kw * dilation;
        if (v < 0 || v % stride != 0 || v / stride >= OW) continue;
        acc = fma(load_columns(dy + AT((n * OH + h / stride) * OW + v / stride, G) + g, G - g),
                  load_columns(w + AT(kh * KW + kw, G) + g, G - g), acc);
      }
    }
    const size_t at = out + (size_t)g;
    GRADIENT(acc, at, G - g)
    store_columns(acc, dx + at, G - g);
  }
}
#endif

// sums[kh, kw, g] += sum over the grain's examples and output pixels of x * dy, rounded to integers per grain.
// Examples, lines and pixels ascend inside a grain of `grain` examples; whole lines of one image make a chunk.
// One work-item per 16 channels of one tap: dimension 0 counts 16 channels, 1 taps.
#if defined(BUILD_ALL) || defined(BUILD_depthwise_backward_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void depthwise_backward_filters(
    global long* restrict sums,       // [KH, KW, G]
    volatile global int* magnitude,   // [1]
    global const float* restrict x,   // [N, H, W, G]
    global const float* restrict dy,  // [N, OH, OW, G]
    int N, int grain, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation, float scale, int limit, int accumulate) {
  const int g = (int)get_global_id(0) * COLUMNS;
  const int tap = (int)get_global_id(1);
  if (g >= G || tap >= KH * KW) return;
  const int offset_h = tap / KW * dilation - padding_h;
  const int offset_w = tap % KW * dilation - padding_w;
  const int chunk_lines = OW <= CHUNK ? CHUNK / OW : 1;
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[1][1] = {{(float16)(0.0f)}};
    for (int n = first; n < min(first + grain, N); ++n) {
      for (int chunk = 0; chunk < OH; chunk += chunk_lines) {
        float16 acc = (float16)(0.0f);
        for (int oh = chunk; oh < min(chunk + chunk_lines, OH); ++oh) {
          const int h = oh * stride + offset_h;
          if ((uint)h >= (uint)H) continue;
          for (int ow = 0; ow < OW; ++ow) {
            const int w = ow * stride + offset_w;
            if ((uint)w >= (uint)W) continue;
            acc = fma(load_columns(x + AT((n * H + h) * W + w, G) + g, G - g),
                      load_columns(dy + AT((n * OH + oh) * OW + ow, G) + g, G - g), acc);
          }
        }
        total[0][0] += acc;
      }
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, tap, KH * KW, g, G, magnitude, limit, accumulate)
}
#endif
