// lint: -DINVERSE=0
// lint: -DINVERSE=1
// Rotary positions. N examples of T positions, `heads` heads of D values; the pair (i, i + D / 2) of position t is
// rotated by the angle whose cosine and sine are cosine[t, i] and sine[t, i]; back with INVERSE, which is backward.

#ifndef INVERSE
#define INVERSE 0
#endif

// y1 = x1 cos - x2 sin, y2 = x2 cos + x1 sin. A position's heads begin at y_offset of its row of y_stride values, and
// likewise in x, so that parts of a packed tensor can be rotated. y may be x (with the same stride and offset), hence
// no restrict: a work-item reads a pair before it writes it, and no other touches it.
// One work-item per position (dimension 0) and example (1).
#if defined(BUILD_ALL) || defined(BUILD_rope)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void rope(
    global float* y,                      // [N, T, y_stride]
    global const float* x,                // [N, T, x_stride]
    global const float* restrict cosine,  // [T, D / 2]
    global const float* restrict sine,    // [T, D / 2]
    int N, int T, int heads, int D, int y_stride, int y_offset, int x_stride, int x_offset) {
  const int t = (int)get_global_id(0);
  const int n = (int)get_global_id(1);
  if (t >= T || n >= N) return;
  const int half_row = D / 2;
  const size_t position = AT(n, T) + (size_t)t;
  for (int h = 0; h < heads; ++h) {
    global const float* from = x + AT(position, x_stride) + x_offset + AT(h, D);
    global float* to = y + AT(position, y_stride) + y_offset + AT(h, D);
    for (int i = 0; i < half_row; i += COLUMNS) {
      const int count = half_row - i;
      const float16 c = load_columns(cosine + AT(t, half_row) + i, count);
      float16 s = load_columns(sine + AT(t, half_row) + i, count);
      if (INVERSE) s = -s;
      const float16 a = load_columns(from + i, count);
      const float16 b = load_columns(from + half_row + i, count);
      store_columns(fma(a, c, -(b * s)), to + i, count);
      store_columns(fma(b, c, a * s), to + half_row + i, count);
    }
  }
}
#endif
