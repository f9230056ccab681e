// lint: -DC=29 -DH=5 -DW=7 -DHALO_OUT=1 -DHALO_DY=0 -DHALO_X=2
// Rectified linear unit on its own; after a product or convolution it is part of that kernel.
// N examples of H x W pixels (1 x 1 for vectors), C channels; each image has its own halo of zeros.
// One work-item per pixel: dimension 0 counts the pixels of a line, 1 the lines of all images.

// y = x, or 0 where x <= 0. NaN stays NaN.
#if defined(BUILD_ALL) || defined(BUILD_relu_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void relu_forward(
    global float* restrict y,        // [N, H + 2 HALO_OUT, W + 2 HALO_OUT, C]
    global const float* restrict x,  // [N, H + 2 HALO_X, W + 2 HALO_X, C]
    int N) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  global float* to = y + PIXEL(n, h, w, H, W, HALO_OUT, C);
  global const float* from = x + PIXEL(n, h, w, H, W, HALO_X, C);
  for (int c = 0; c < C; ++c) to[c] = from[c] <= 0.0f ? 0.0f : from[c];
}
#endif

// dx = dy where x > 0, else 0.
#if defined(BUILD_ALL) || defined(BUILD_relu_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void relu_backward(
    global float* restrict dx,        // [N, H + 2 HALO_OUT, W + 2 HALO_OUT, C]
    global const float* restrict dy,  // [N, H + 2 HALO_DY, W + 2 HALO_DY, C]
    global const float* restrict x,   // [N, H + 2 HALO_X, W + 2 HALO_X, C]
    int N) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  global float* to = dx + PIXEL(n, h, w, H, W, HALO_OUT, C);
  global const float* incoming = dy + PIXEL(n, h, w, H, W, HALO_DY, C);
  global const float* from = x + PIXEL(n, h, w, H, W, HALO_X, C);
  for (int c = 0; c < C; ++c) to[c] = from[c] > 0.0f ? incoming[c] : 0.0f;
}
#endif
