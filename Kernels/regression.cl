// lint: -DREGRESSION=1
// lint: -DREGRESSION=2
// lint: -DREGRESSION=3
// Losses against float targets. N examples of `count` elements; an example's loss is the mean over its elements.
//
// REGRESSION 1: squared error (x - t)^2. 2: Huber, d^2 / 2 up to |d| = delta, delta (|d| - delta / 2) beyond,
// d = x - t. 3: binary cross-entropy with logits x, max(x, 0) - x t + log(1 + exp(-|x|)).

#include "regression.h"
#include "row.h"

// loss[n] = mean over i of the loss of x[n, i] against targets[n, i]. For BINARY, correct[n] = 1 where
// x > 0 just where t > 0.5, for all elements; else 0. counted[n] = 1. One work-item per example.
#if defined(BUILD_ALL) || defined(BUILD_regression_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void regression_forward(
    global float* restrict loss,           // [N]
    global int* restrict correct,          // [N]
    global int* restrict counted,          // [N]
    global const float* restrict x,        // [N, count]
    global const float* restrict targets,  // [N, count]
    int N, int count, float delta) {
  const int n = (int)get_global_id(0);
  if (n >= N) return;
  float16 lanes = (float16)(0.0f);
  int16 wrong = (int16)(0);
  for (int i = 0; i < count; i += COLUMNS) {
    const float16 v = load_columns(x + AT(n, count) + i, count - i);
    const float16 t = load_columns(targets + AT(n, count) + i, count - i);
    lanes += only_columns(element_loss(v, t, delta), 0.0f, count - i);
    wrong |= (v > 0.0f) ^ (t > 0.5f);
  }
  loss[n] = sum_lanes(lanes) * divide(1.0f, (float)count);
  correct[n] = REGRESSION == BINARY && !any(wrong);
  counted[n] = 1;
}
#endif

// dx[n, i] = the gradient of the sum of the examples' losses. One work-item per BLOCK of the N * count elements.
#define BLOCK 1024
#if defined(BUILD_ALL) || defined(BUILD_regression_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void regression_backward(
    global float* restrict dx,             // [N, count]
    global const float* restrict x,        // [N, count]
    global const float* restrict targets,  // [N, count]
    int N, int count, float delta) {
  const float share = divide(1.0f, (float)count);
  const size_t end = min(((size_t)get_global_id(0) + 1) * BLOCK, AT(N, count));
  for (size_t at = (size_t)get_global_id(0) * BLOCK; at < end; at += COLUMNS) {
    const int width = (int)min(end - at, (size_t)COLUMNS);
    const float16 v = load_columns(x + at, width);
    const float16 t = load_columns(targets + at, width);
    store_columns(element_gradient(v, t, delta) * share, dx + at, width);
  }
}
#endif
