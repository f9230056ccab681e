// lint:
// lint: -DTURNED=1 -DGROUP_ITEMS=16
// The GPU variants of the kernels that bring a convolution's filters into another layout: winograd.cl, convolution.cl.
// Blocks go through local memory, so that neighbours read and write neighbours.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 128
#endif
#ifndef TURNED
#define TURNED 0
#endif
#include "winograd.h"

// winograd_transform_filters; a group per vector and COLUMNS channels of the other side.
#if defined(BUILD_ALL) || defined(BUILD_winograd_transform_filters_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void winograd_transform_filters_gpu(
    global float* restrict u,        // [M / 16 rounded up to 4, 16 places, C, 16], or C and M exchanged
    global const float* restrict w,  // [3, 3, C, M]
    int C, int M) {
  local float taps[9][COLUMNS][COLUMNS + 1];
  const int inner = TURNED ? M : C;
  const int outer = TURNED ? C : M;
  const int first = (int)get_group_id(0) * COLUMNS;
  const int vector = (int)get_group_id(1);
  const int column = vector * COLUMNS;
  for (int e = (int)get_local_id(0); e < 9 * COLUMNS * COLUMNS; e += GROUP_ITEMS) {
    const int tap = e / (COLUMNS * COLUMNS);
    const int line = e / COLUMNS % COLUMNS;
    const int i = e % COLUMNS;
    if (TURNED)
      taps[tap][i][line] = first + i < inner ? w[(AT(8 - tap, C) + (size_t)min(column + line, C - 1)) * (size_t)M
                                                 + (size_t)(first + i)] : 0.0f;
    else
      taps[tap][line][i] = first + line < inner && column + i < outer
          ? w[(AT(tap, C) + (size_t)(first + line)) * (size_t)M + (size_t)(column + i)] : 0.0f;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int e = (int)get_local_id(0); e < COLUMNS * COLUMNS; e += GROUP_ITEMS) {
    const int i = e / COLUMNS;
    const int j = e % COLUMNS;
    if (first + i >= inner) break;
    float lines[12];
    _Pragma("unroll") for (int k = 0; k < 3; ++k) {
      const float top = taps[k][i][j];
      const float bottom = taps[6 + k][i][j];
      const float middle = taps[3 + k][i][j];
      const float ends = top + bottom;
      lines[k] = top;
      lines[3 + k] = 0.5f * (ends + middle);
      lines[6 + k] = 0.5f * (ends - middle);
      lines[9 + k] = bottom;
    }
    float places[PLACES];
    _Pragma("unroll") for (int k = 0; k < 4; ++k) {
      const float ends = lines[3 * k] + lines[3 * k + 2];
      places[4 * k] = lines[3 * k];
      places[4 * k + 1] = 0.5f * (ends + lines[3 * k + 1]);
      places[4 * k + 2] = 0.5f * (ends - lines[3 * k + 1]);
      places[4 * k + 3] = lines[3 * k + 2];
    }
    _Pragma("unroll") for (int p = 0; p < PLACES; ++p)
        u[((AT(vector, PLACES) + (size_t)p) * (size_t)inner + (size_t)(first + i)) * COLUMNS + (size_t)j] = places[p];
  }
}
#endif

// convolution_transpose_filters; a group per block of COLUMNS channels c and COLUMNS channels m of one tap.
#if defined(BUILD_ALL) || defined(BUILD_convolution_transpose_filters_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void convolution_transpose_filters_gpu(
    global float* restrict wt,       // [KH, KW, G, M, C]
    global const float* restrict w,  // [KH, KW, C, G * M]
    int C, int M, int G, int KH, int KW) {
  (void)KH;
  (void)KW;
  local float block[COLUMNS][COLUMNS + 1];
  const int blocks = (M + COLUMNS - 1) / COLUMNS;
  const int c = (int)get_group_id(0) * COLUMNS;
  const int group = (int)get_group_id(1) / blocks;
  const int m = (int)get_group_id(1) % blocks * COLUMNS;
  const int tap = (int)get_group_id(2);
  for (int e = (int)get_local_id(0); e < COLUMNS * COLUMNS; e += GROUP_ITEMS) {
    const int line = e / COLUMNS;
    const int i = e % COLUMNS;
    if (c + line < C && m + i < M)
      block[line][i] = w[AT(AT(tap, C) + (size_t)(c + line), G * M) + AT(group, M) + (size_t)(m + i)];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int e = (int)get_local_id(0); e < COLUMNS * COLUMNS; e += GROUP_ITEMS) {
    const int line = e / COLUMNS;
    const int i = e % COLUMNS;
    if (m + line < M && c + i < C)
      wt[(AT(AT(tap, G) + (size_t)group, M) + (size_t)(m + line)) * (size_t)C + (size_t)(c + i)] = block[i][line];
  }
}
#endif
