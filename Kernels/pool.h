#pragma once
// Windows of pixels that pooling goes over; sizes as in pool.cl.

// A later value replaces the best so far when it is greater or NaN: the first maximum wins.
#define REPLACES(value, best) ((value > best) | (value != value))

// The pixels [h0, h1) x [w0, w1) of a window.
typedef struct {
  int h0, h1, w0, w1;
} Area;

static inline Area clipped(int oh, int ow, int H, int W, int window, int stride, int padding) {
  const int h = oh * stride - padding;
  const int w = ow * stride - padding;
  const Area area = {max(h, 0), min(h + window, H), max(w, 0), min(w + window, W)};
  return area;
}

// The windows that hold a pixel, per dimension: the first, and the last of `windows`.
static inline int first_window(int pixel, int window, int stride, int padding) {
  return max(0, (pixel + padding - window + stride) / stride);
}
static inline int last_window(int pixel, int stride, int padding, int windows) {
  return min((pixel + padding) / stride, windows - 1);
}

// How many pixels the mean of a window divides by: with count_include_pad also those of the padding.
static inline int divisor(
    Area area, int oh, int ow, int H, int W, int window, int stride, int padding, int count_include_pad) {
  if (!count_include_pad) return (area.h1 - area.h0) * (area.w1 - area.w0);
  return min(window, H + 2 * padding - oh * stride) * min(window, W + 2 * padding - ow * stride);
}
