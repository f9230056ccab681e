// What a device can do at most, to hold launches against: fused multiply-adds in registers, and the speed of memory.
// Part of no training.

// y[i] = the sum of 12 chains of `rounds` multiply-adds, independent of each other. One work-item per float16.
#if defined(BUILD_ALL) || defined(BUILD_peak_fma)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void peak_fma(global float* restrict y, int rounds, float factor) {
  float16 chain[12];
  _Pragma("unroll") for (int i = 0; i < 12; ++i) chain[i] = (float16)((float)i);
  for (int round = 0; round < rounds; ++round) {
    _Pragma("unroll") for (int i = 0; i < 12; ++i) chain[i] = fma(chain[i], (float16)(factor), (float16)(1.0f));
  }
  float16 sum = (float16)(0.0f);
  _Pragma("unroll") for (int i = 0; i < 12; ++i) sum += chain[i];
  vstore16(sum, get_global_id(0), y);
}
#endif

// y[i] = a[i] + factor * b[i]. One work-item per block of `block` float16.
#if defined(BUILD_ALL) || defined(BUILD_peak_triad)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void peak_triad(
    global float* restrict y, global const float* restrict a, global const float* restrict b, int block,
    float factor) {
  const size_t first = get_global_id(0) * (size_t)block;
  for (size_t i = first; i < first + (size_t)block; ++i)
    vstore16(fma(vload16(i, b), (float16)(factor), vload16(i, a)), i, y);
}
#endif

// y[0] = y[0] + 1. One work-item: what a launch takes that does next to nothing.
#if defined(BUILD_ALL) || defined(BUILD_peak_launch)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void peak_launch(global uint* restrict y) {
  if (get_global_id(0) == 0) y[0] += 1u;
}
#endif

// y[i] = the `rounds`-th number behind i of a linear congruential generator. One work-item per element: work of any
// length that needs no memory.
#if defined(BUILD_ALL) || defined(BUILD_peak_busy)
kernel void peak_busy(global uint* restrict y, uint rounds, uint count) {
  const uint i = (uint)get_global_id(0);
  if (i >= count) return;
  uint state = i;
  for (uint round = 0; round < rounds; ++round) state = state * 1664525u + 1013904223u;
  y[i] = state;
}
#endif
