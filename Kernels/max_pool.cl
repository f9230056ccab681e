// lint: -DC=29 -DH=11 -DW=13 -DOH=5 -DOW=6 -DWINDOW=2 -DSTRIDE=2 -DHALO_X=1 -DHALO_Y=0 -DHALO_DY=1 -DHALO_DX=0 -DMASK=1
// lint: -DC=16 -DH=7 -DW=7 -DOH=3 -DOW=3 -DWINDOW=3 -DSTRIDE=2 -DHALO_X=0 -DHALO_Y=1 -DHALO_DY=0 -DHALO_DX=1 -DMASK=0
// Maximum over windows of WINDOW x WINDOW pixels, STRIDE apart, without padding.
// N examples, H x W input pixels, OH x OW output pixels, C channels; each image has its own halo of zeros.

// A later value replaces the best so far when it is greater or NaN: the first maximum wins.
#define REPLACES(value, best) ((value > best) | (value != value))

// y[n, oh, ow, c] = max over the window of x. One work-item per output pixel: dimension 0 counts the
// pixels of a line, 1 the lines of all images.
#if defined(BUILD_ALL) || defined(BUILD_max_pool_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void max_pool_forward(
    global float* restrict y,        // [N, OH + 2 HALO_Y, OW + 2 HALO_Y, C]
    global const float* restrict x,  // [N, H + 2 HALO_X, W + 2 HALO_X, C]
    int N) {
  const int ow = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / OH;
  const int oh = (int)get_global_id(1) % OH;
  if (n >= N || ow >= OW) return;
  global float* out = y + PIXEL(n, oh, ow, OH, OW, HALO_Y, C);
  for (int c = 0; c < C; c += COLUMNS) {
    float16 best = load_columns(x + PIXEL(n, oh * STRIDE, ow * STRIDE, H, W, HALO_X, C) + c, C - c);
    for (int i = 1; i < WINDOW * WINDOW; ++i) {
      const int h = oh * STRIDE + i / WINDOW;
      const int w = ow * STRIDE + i % WINDOW;
      const float16 value = load_columns(x + PIXEL(n, h, w, H, W, HALO_X, C) + c, C - c);
      best = select(best, value, REPLACES(value, best));
    }
    store_columns(best, out + c, C - c);
  }
}
#endif

// dx[n, h, w, c] = sum of dy over the windows, ascending, whose first maximum is this pixel; zero where
// MASK and x <= 0 (the ReLU that made x). One work-item per input pixel, dimensions as in forward.
#if defined(BUILD_ALL) || defined(BUILD_max_pool_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void max_pool_backward(
    global float* restrict dx,        // [N, H + 2 HALO_DX, W + 2 HALO_DX, C]
    global const float* restrict dy,  // [N, OH + 2 HALO_DY, OW + 2 HALO_DY, C]
    global const float* restrict x,   // [N, H + 2 HALO_X, W + 2 HALO_X, C]
    int N) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  // The windows that hold this pixel: oh * STRIDE <= h < oh * STRIDE + WINDOW.
  const int oh0 = max(0, (h - WINDOW + STRIDE) / STRIDE);
  const int ow0 = max(0, (w - WINDOW + STRIDE) / STRIDE);
  const int oh1 = min(h / STRIDE, OH - 1);
  const int ow1 = min(w / STRIDE, OW - 1);
  global float* out = dx + PIXEL(n, h, w, H, W, HALO_DX, C);
  for (int c = 0; c < C; c += COLUMNS) {
    const float16 own = load_columns(x + PIXEL(n, h, w, H, W, HALO_X, C) + c, C - c);
    float16 sum = (float16)(0.0f);
    for (int oh = oh0; oh <= oh1; ++oh) {
      for (int ow = ow0; ow <= ow1; ++ow) {
        const int position = (h - oh * STRIDE) * WINDOW + (w - ow * STRIDE);
        float16 best = load_columns(x + PIXEL(n, oh * STRIDE, ow * STRIDE, H, W, HALO_X, C) + c, C - c);
        int16 first = (int16)(0);
        for (int i = 1; i < WINDOW * WINDOW; ++i) {
          const int ih = oh * STRIDE + i / WINDOW;
          const int iw = ow * STRIDE + i % WINDOW;
          const float16 value = load_columns(x + PIXEL(n, ih, iw, H, W, HALO_X, C) + c, C - c);
          const int16 replaces = REPLACES(value, best);
          best = select(best, value, replaces);
          first = select(first, (int16)(i), replaces);
        }
        const float16 incoming = load_columns(dy + PIXEL(n, oh, ow, OH, OW, HALO_DY, C) + c, C - c);
        sum += select((float16)(0.0f), incoming, first == (int16)(position));
      }
    }
    if (MASK) sum = select((float16)(0.0f), sum, own > 0.0f);
    store_columns(sum, out + c, C - c);
  }
}
#endif
