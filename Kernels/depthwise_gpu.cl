// lint: -DBIAS=1
// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of depthwise.cl. A group has a pixel, its items the channels; or 16 channels of one tap.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#include "single.h"
#include "exact.h"
#include "lanes.h"
#include "exact_lanes.h"

#ifndef BIAS
#define BIAS 0
#endif
#if BIAS
#define BIAS_PARAMETER global const float *restrict bias, /* [G] */
#define BIAS_OF(g) bias[g]
#else
#define BIAS_PARAMETER
#define BIAS_OF(g) 0.0f
#endif

#define FOR_CHANNELS(g, G) for (int g = ITEM; g < (G); g += GROUP_ITEMS)

#if defined(BUILD_ALL) || defined(BUILD_depthwise_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void depthwise_forward_gpu(
    global float* restrict y,        // [N, OH, OW, G]
    global const float* restrict x,  // [N, H, W, G]
    global const float* restrict w,  // [KH, KW, G]
    BIAS_PARAMETER
    int N, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation TAIL_PARAMETERS) {
  const int ow = (int)get_group_id(0);
  const int n = (int)get_group_id(1) / OH;
  const int oh = (int)get_group_id(1) % OH;
  if (ow >= OW || n >= N) return;
  const int h0 = oh * stride - padding_h;
  const int w0 = ow * stride - padding_w;
  FOR_CHANNELS(g, G) {
    float acc = 0.0f;
    for (int kh = 0; kh < KH; ++kh) {
      const int ih = h0 + kh * dilation;
      if ((uint)ih >= (uint)H) continue;
      for (int kw = 0; kw < KW; ++kw) {
        const int iw = w0 + kw * dilation;
        if ((uint)iw >= (uint)W) continue;
        acc = fma(x[AT((n * H + ih) * W + iw, G) + (size_t)g], w[AT(kh * KW + kw, G) + (size_t)g], acc);
      }
    }
    const size_t at = AT(AT(get_group_id(1), OW) + (size_t)ow, G) + (size_t)g;
    float v = BIAS ? acc + BIAS_OF(g) : acc;
    TAIL_ONE(v, at)
    y[at] = v;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_depthwise_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void depthwise_backward_input_gpu(
    global float* restrict dx,        // [N, H, W, G]
    global const float* restrict dy,  // [N, OH, OW, G]
    global const float* restrict w,   // [KH, KW, G]
    int N, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation GRADIENT_PARAMETERS) {
  const int w0 = (int)get_group_id(0);
  const int n = (int)get_group_id(1) / H;
  const int h0 = (int)get_group_id(1) % H;
  if (w0 >= W || n >= N) return;
  FOR_CHANNELS(g, G) {
    float acc = 0.0f;
    for (int kh = 0; kh < KH; ++kh) {
      const int h = h0 + padding_h - kh * dilation;
      if (h < 0 || h % stride != 0 || h / stride >= OH) continue;
      for (int kw = 0; kw < KW; ++kw) {
        const int v = w0 + padding_w - kw * dilation;
        if (v < 0 || v % stride != 0 || v / stride >= OW) continue;
        acc = fma(dy[AT((n * OH + h / stride) * OW + v / stride, G) + (size_t)g],
                  w[AT(kh * KW + kw, G) + (size_t)g], acc);
      }
    }
    const size_t at = AT(AT(get_group_id(1), W) + (size_t)w0, G) + (size_t)g;
    GRADIENT_ONE(acc, at)
    dx[at] = acc;
  }
}
#endif

// Each slot sums a chunk of lines of one example; the first slot adds the chunks in ascending order.
#if defined(BUILD_ALL) || defined(BUILD_depthwise_backward_filters_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void depthwise_backward_filters_gpu(
    global long* restrict sums,       // [KH, KW, G]
    volatile global int* magnitude,   // [1]
    global const float* restrict x,   // [N, H, W, G]
    global const float* restrict dy,  // [N, OH, OW, G]
    int N, int grain, int H, int W, int OH, int OW, int G, int KH, int KW, int stride, int padding_h, int padding_w,
    int dilation, float scale, int limit, int accumulate) {
  local float parts[GROUP_ITEMS];
  const int g = (int)get_group_id(0) * COLUMNS + LANE;
  const int tap = (int)get_group_id(1);
  if (tap >= KH * KW) return;
  const int offset_h = tap / KW * dilation - padding_h;
  const int offset_w = tap % KW * dilation - padding_w;
  const int chunk_lines = OW <= CHUNK ? CHUNK / OW : 1;
  const int chunks = (OH + chunk_lines - 1) / chunk_lines;
  const int units = N * chunks;
  ExactSum exact = {0, 0};
  float total = 0.0f;
  for (int first = 0; first < units; first += SLOTS) {
    const int unit = first + SLOT;
    float acc = 0.0f;
    if (unit < units && g < G) {
      const int n = unit / chunks;
      const int chunk = unit % chunks * chunk_lines;
      for (int oh = chunk; oh < min(chunk + chunk_lines, OH); ++oh) {
        const int h = oh * stride + offset_h;
        if ((uint)h >= (uint)H) continue;
        for (int ow = 0; ow < OW; ++ow) {
          const int w = ow * stride + offset_w;
          if ((uint)w >= (uint)W) continue;
          acc = fma(x[AT((n * H + h) * W + w, G) + (size_t)g], dy[AT((n * OH + oh) * OW + ow, G) + (size_t)g], acc);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    parts[ITEM] = acc;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (SLOT == 0) join_units(&exact, &total, parts, first, units, grain * chunks, scale);
  }
  if (SLOT == 0 && g < G) exact_end(&exact, sums + AT(tap, G) + g, magnitude, limit, accumulate);
}
#endif
