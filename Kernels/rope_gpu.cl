// lint: -DINVERSE=0
// lint: -DINVERSE=1
// The GPU variant of rope.cl. A group has a position, its items the pairs of its heads.

#ifndef INVERSE
#define INVERSE 0
#endif
#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif

#if defined(BUILD_ALL) || defined(BUILD_rope_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void rope_gpu(
    global float* y,                      // [N, T, y_stride]
    global const float* x,                // [N, T, x_stride]
    global const float* restrict cosine,  // [T, D / 2]
    global const float* restrict sine,    // [T, D / 2]
    int N, int T, int heads, int D, int y_stride, int y_offset, int x_stride, int x_offset) {
  const int t = (int)get_group_id(0);
  const int n = (int)get_group_id(1);
  if (t >= T || n >= N) return;
  const int half_row = D / 2;
  const size_t position = AT(n, T) + (size_t)t;
  for (int e = (int)get_local_id(0); e < heads * half_row; e += GROUP_ITEMS) {
    const int i = e % half_row;
    const int offset = e / half_row * D + i;
    global const float* from = x + AT(position, x_stride) + x_offset + offset;
    global float* to = y + AT(position, y_stride) + y_offset + offset;
    const float c = cosine[AT(t, half_row) + (size_t)i];
    float s = sine[AT(t, half_row) + (size_t)i];
    if (INVERSE) s = -s;
    const float a = from[0];
    const float b = from[half_row];
    to[0] = fma(a, c, -(b * s));
    to[half_row] = fma(b, c, a * s);
  }
}
#endif
