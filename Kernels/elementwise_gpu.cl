// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DTAIL_LAST=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=3
// lint: -DTAIL_LAST=5
// The GPU variants of elementwise.cl. A work-group shares BLOCK of the N * count elements; an item takes vectors whose
// elements lie a group apart, so a block is one vector of each of 64 items.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#define STRIDE GROUP_ITEMS
#include "strided.h"
#include "tail.h"

#define BLOCK 1024

#define FOR_BLOCK                                                                              \
  const size_t end = min((get_group_id(0) + 1) * BLOCK, AT(N, count));                         \
  size_t at = get_group_id(0) * BLOCK + (size_t)ITEM;                                          \
  for (int width = 0; at < end && (width = (int)(end - at)) > 0; at += COLUMNS * STRIDE)

#if defined(BUILD_ALL) || defined(BUILD_elementwise_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void elementwise_forward_gpu(
    global float* restrict y,        // [N, count]
    global const float* restrict x,  // [N, count]
    int N, int count TAIL_PARAMETERS) {
  FOR_BLOCK {
    float16 v = load_strided(x + at, width);
    TAIL(v, at, width)
    store_strided(v, y + at, width);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_elementwise_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void elementwise_backward_gpu(
    global float* restrict dx,        // [N, count]
    global const float* restrict dy,  // [N, count]
    int N, int count DROPOUT_PARAMETERS GRADIENT_PARAMETERS) {
  FOR_BLOCK {
    float16 v = load_strided(dy + at, width);
    v = DROP(v, at, width);
    GRADIENT(v, at, width)
    store_strided(v, dx + at, width);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_elementwise_add_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void elementwise_add_gpu(
    global float* restrict y,        // [N, count]
    global const float* restrict a,  // [N, count]
    global const float* restrict b,  // [N, count]
    int N, int count) {
  FOR_BLOCK store_strided(load_strided(a + at, width) + load_strided(b + at, width), y + at, width);
}
#endif
