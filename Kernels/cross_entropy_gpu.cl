// lint:
// The GPU variants of cross_entropy.cl. A group has one token, or one example. 16 items are the lanes of the token's row;
// other slots compute the same again, which takes no longer.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 32
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "elementary.h"
#include "row.h"
#include "lanes.h"
#include "row_lanes.h"

#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_tokens_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void cross_entropy_tokens_gpu(
    global float* restrict token_loss,    // [N, T]
    global int* restrict token_correct,   // [N, T]
    global float* restrict statistics,    // [N, T, 2]
    global const float* restrict logits,  // [N, T, C]
    global const int* restrict labels,    // [N, T]
    int N, int T, int C, float smoothing, int ignored) {
  local float lanes[GROUP_ITEMS];
  const size_t token = get_group_id(0);
  if (token >= AT(N, T)) return;
  const int label = labels[token];
  const bool counts = label >= 0 && label < C && label != ignored;
  const int columns = counts ? C : 0;
  global const float* row = logits + AT(token, C);
  const float top = lanes_top(lanes, row, columns);
  const float sum = lanes_sum_of_weights(lanes, row, columns, top);
  // The mean over the classes of top - row[c], and how many classes before the label are as large.
  float below = 0.0f;
  float earlier = 0.0f;
  for (int c = LANE; c < columns; c += COLUMNS) {
    below += top - row[c];
    if (c < label && row[c] == top) earlier = 1.0f;
  }
  const float mean = sum_lanes(gather_lanes(lanes, below)) * divide(1.0f, (float)C);
  const float others = sum_lanes(gather_lanes(lanes, earlier));
  if (ITEM == 0) {
    float loss = label == ignored ? 0.0f : NAN;
    if (counts) {
      const float log_sum = logarithm(sum);
      loss = log_sum + (top - row[label]);
      if (smoothing != 0.0f) loss = fma(smoothing, log_sum + mean, (1.0f - smoothing) * loss);
    }
    token_loss[token] = loss;
    token_correct[token] = counts && row[label] == top && others == 0.0f;
    statistics[2 * token] = counts ? top : 0.0f;
    statistics[2 * token + 1] = counts ? divide(1.0f, sum) : 0.0f;
  }
}
#endif

// The items read a chunk of tokens together; the first one adds their losses in ascending order.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void cross_entropy_forward_gpu(
    global float* restrict loss,              // [N]
    global int* restrict correct,             // [N]
    global int* restrict counted,             // [N]
    global const float* restrict token_loss,  // [N, T]
    global const int* restrict token_correct, // [N, T]
    global const int* restrict labels,        // [N, T]
    int N, int T, int ignored) {
  local float losses[CHUNK];
  local int rights[GROUP_ITEMS];
  local int tokens[GROUP_ITEMS];
  const int n = (int)get_group_id(0);
  if (n >= N) return;
  const size_t first = AT(n, T);
  float total = 0.0f;
  rights[ITEM] = 0;
  tokens[ITEM] = 0;
  for (int chunk = 0; chunk < T; chunk += CHUNK) {
    const int count = min(CHUNK, T - chunk);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int t = ITEM; t < count; t += GROUP_ITEMS) {
      const size_t at = first + (size_t)(chunk + t);
      losses[t] = token_loss[at];
      rights[ITEM] += token_correct[at];
      tokens[ITEM] += labels[at] != ignored;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (ITEM == 0) {
      float acc = 0.0f;
      for (int t = 0; t < count; ++t) acc += losses[t];
      total += acc;
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (ITEM == 0) {
    int right = 0;
    int counting = 0;
    for (int i = 0; i < GROUP_ITEMS; ++i) {
      right += rights[i];
      counting += tokens[i];
    }
    loss[n] = total;
    correct[n] = right;
    counted[n] = counting;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void cross_entropy_backward_gpu(
    global float* restrict dlogits,           // [N, T, C]
    global const float* restrict logits,      // [N, T, C]
    global const int* restrict labels,        // [N, T]
    global const float* restrict statistics,  // [N, T, 2]
    int N, int T, int C, float smoothing, int ignored) {
  const size_t token = get_group_id(0);
  if (token >= AT(N, T)) return;
  const int label = labels[token];
  global const float* row = logits + AT(token, C);
  global float* to = dlogits + AT(token, C);
  if (label == ignored || label < 0 || label >= C) {
    for (int c = ITEM; c < C; c += GROUP_ITEMS) to[c] = label == ignored ? 0.0f : NAN;
    return;
  }
  const float top = statistics[2 * token];
  const float inverse_sum = statistics[2 * token + 1];
  const float off = smoothing * divide(1.0f, (float)C);
  const float on = (1.0f - smoothing) + off;
  // Each slot takes SPAN columns in turn.
  for (int c = SLOT * SPAN + LANE; c < C; c += SLOTS * SPAN) {
    const float16 p = lane_weights(row, c, C, top) * inverse_sum;
    const float16 target = select((float16)(off), (float16)(on), OFFSETS + c == (int16)(label));
    store_strided(p - target, to + c, C - c);
  }
}
#endif
