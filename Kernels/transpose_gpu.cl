// lint:
// The GPU variant of product.cl's transposition.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#define TURNED (4 * COLUMNS)

// y[m, k] = x[k, m]. A group per block of COLUMNS rows of y and TURNED columns, which goes through local memory, so
// that neighbours read and write neighbours; two more floats in a line, so that they meet in no bank.
#if defined(BUILD_ALL) || defined(BUILD_matrix_transpose_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void matrix_transpose_gpu(
    global float* restrict y,        // [M, K]
    global const float* restrict x,  // [K, M]
    int K, int M) {
  local float block[COLUMNS][TURNED + 2];
  const int k = (int)get_group_id(0) * TURNED;
  const int m = (int)get_group_id(1) * COLUMNS;
  for (int e = (int)get_local_id(0); e < TURNED * COLUMNS; e += GROUP_ITEMS) {
    const int i = e / COLUMNS;
    const int j = e % COLUMNS;
    if (k + i < K && m + j < M) block[j][i] = x[AT(k + i, M) + (size_t)(m + j)];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int e = (int)get_local_id(0); e < TURNED * COLUMNS; e += GROUP_ITEMS) {
    const int i = e % TURNED;
    const int j = e / TURNED;
    if (k + i < K && m + j < M) y[AT(m + j, K) + (size_t)(k + i)] = block[j][i];
  }
}
#endif
