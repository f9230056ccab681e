// lint: -DC=29 -DH=5 -DW=7 -DHALO_OUT=1 -DHALO_X=0
// Copies images between memory layouts. N examples of H x W pixels, C channels; each image has its own halo.

// y = x. One work-item per pixel: dimension 0 counts the pixels of a line, 1 the lines of all images.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void image_copy(
    global float* restrict y,        // [N, H + 2 HALO_OUT, W + 2 HALO_OUT, C]
    global const float* restrict x,  // [N, H + 2 HALO_X, W + 2 HALO_X, C]
    int N) {
  const int w = (int)get_global_id(0);
  const int n = (int)get_global_id(1) / H;
  const int h = (int)get_global_id(1) % H;
  if (n >= N || w >= W) return;
  global float* to = y + PIXEL(n, h, w, H, W, HALO_OUT, C);
  global const float* from = x + PIXEL(n, h, w, H, W, HALO_X, C);
  for (int c = 0; c < C; ++c) to[c] = from[c];
}
