// lint: -DREGRESSION=1
// lint: -DREGRESSION=2
// lint: -DREGRESSION=3
// The GPU variants of regression.cl. A group has an example, whose lanes are 16 items, or a block of elements.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 32
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "regression.h"
#include "row.h"
#include "lanes.h"
#include "row_lanes.h"

#define BLOCK 1024

#if defined(BUILD_ALL) || defined(BUILD_regression_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void regression_forward_gpu(
    global float* restrict loss,           // [N]
    global int* restrict correct,          // [N]
    global int* restrict counted,          // [N]
    global const float* restrict x,        // [N, count]
    global const float* restrict targets,  // [N, count]
    int N, int count, float delta) {
  local float lanes[GROUP_ITEMS];
  const int n = (int)get_group_id(0);
  if (n >= N) return;
  float loss_lane = 0.0f;
  float wrong = 0.0f;
  // Each slot computes the same.
  for (int i = LANE; i < count; i += SPAN) {
    const float16 v = load_strided(x + AT(n, count) + i, count - i);
    const float16 t = load_strided(targets + AT(n, count) + i, count - i);
    loss_lane = add_elements(loss_lane, only_strided(element_loss(v, t, delta), 0.0f, count - i));
    if (any((v > 0.0f) ^ (t > 0.5f))) wrong = 1.0f;
  }
  const float sum = sum_lanes(gather_lanes(lanes, loss_lane));
  const float mistakes = sum_lanes(gather_lanes(lanes, wrong));
  if (ITEM == 0) {
    loss[n] = sum * divide(1.0f, (float)count);
    correct[n] = REGRESSION == BINARY && mistakes == 0.0f;
    counted[n] = 1;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_regression_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void regression_backward_gpu(
    global float* restrict dx,             // [N, count]
    global const float* restrict x,        // [N, count]
    global const float* restrict targets,  // [N, count]
    int N, int count, float delta) {
  const float share = divide(1.0f, (float)count);
  const size_t begin = get_group_id(0) * BLOCK;
  const size_t end = min(begin + BLOCK, AT(N, count));
  for (size_t at = begin + (size_t)(SLOT * SPAN + LANE); at < end; at += SLOTS * SPAN) {
    const int left = (int)(end - at);
    const float16 v = load_strided(x + at, left);
    const float16 t = load_strided(targets + at, left);
    store_strided(element_gradient(v, t, delta) * share, dx + at, left);
  }
}
#endif
