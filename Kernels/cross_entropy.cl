// lint: -DC=29
// Softmax and cross-entropy with class indices. N examples, C classes.

#include "elementary.h"

#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))

// Index of the first largest logit of a row; a NaN counts as larger, so that it is seen.
static inline int first_largest(global const float* row) {
  int best = 0;
  for (int c = 1; c < C; ++c)
    if (row[c] > row[best] || row[c] != row[c]) best = c;
  return best;
}

// exp(logits - top) of the 16 classes from c on, zero behind the last class.
static inline float16 weights(global const float* row, int c, float top) {
  const float16 e = exponential(load_columns(row + c, C - c) - top);
  return select((float16)(0.0f), e, LANES < (int16)(C - c));
}

// Sum over the classes of exp(logits - top): 16 striped lanes, then a fixed tree.
static inline float sum_of_weights(global const float* row, float top) {
  float16 lanes = (float16)(0.0f);
  for (int c = 0; c < C; c += COLUMNS) lanes += weights(row, c, top);
  const float8 a = lanes.lo + lanes.hi;
  const float4 b = a.lo + a.hi;
  const float2 d = b.lo + b.hi;
  return d.x + d.y;
}

// loss[n] = log(sum over c of exp(logits[n, c])) - logits[n, label]; correct[n] = 1 where the first
// largest logit is the label's, else 0. One work-item per row.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void cross_entropy_forward(
    global float* restrict loss,          // [N]
    global int* restrict correct,         // [N]
    global const float* restrict logits,  // [N, C]
    global const int* restrict labels,    // [N]
    int N) {
  const int n = (int)get_global_id(0);
  if (n >= N) return;
  global const float* row = logits + AT(n, C);
  const int best = first_largest(row);
  loss[n] = logarithm(sum_of_weights(row, row[best])) + (row[best] - row[labels[n]]);
  correct[n] = best == labels[n];
}
#endif

// dlogits[n, c] = softmax(logits[n])[c] - (c == label): the gradient of the sum of the losses.
// One work-item per row.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void cross_entropy_backward(
    global float* restrict dlogits,       // [N, C]
    global const float* restrict logits,  // [N, C]
    global const int* restrict labels,    // [N]
    int N) {
  const int n = (int)get_global_id(0);
  if (n >= N) return;
  global const float* row = logits + AT(n, C);
  const float top = row[first_largest(row)];
  const float inverse = divide(1.0f, sum_of_weights(row, top));
  for (int c = 0; c < C; c += COLUMNS) {
    const float16 p = weights(row, c, top) * inverse;
    const float16 target = select((float16)(0.0f), (float16)(1.0f), LANES + c == (int16)(labels[n]));
    store_columns(p - target, dlogits + AT(n, C) + c, C - c);
  }
}
#endif
