// Cross-entropy of softmax with class indices. N examples of T tokens (1 where an example is one class), C classes.
//
// A token's loss is (1 - smoothing) * nll + smoothing * mean over c of -log p[c]. A token labelled `ignored` has
// loss 0 and is not counted. A label that is no class gives NaN, in loss and gradient; nothing is read there.

#include "elementary.h"
#include "row.h"

// loss of each token, whether its first largest logit is the label's, and what backward needs of its row:
// statistics[n, t] = {largest logit, 1 / sum over c of exp(logit - largest)}. One work-item per token.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_tokens)
// The mean over the classes of top - row[c].
static inline float mean_below(global const float* row, int C, float top) {
  float16 lanes = (float16)(0.0f);
  for (int c = 0; c < C; c += COLUMNS) lanes += only_columns(top - load_columns(row + c, C - c), 0.0f, C - c);
  return sum_lanes(lanes) * divide(1.0f, (float)C);
}

static inline int is_first_largest(global const float* row, int label, float top) {
  if (row[label] != top) return 0;
  for (int c = 0; c < label; ++c)
    if (row[c] == top) return 0;
  return 1;
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void cross_entropy_tokens(
    global float* restrict token_loss,    // [N, T]
    global int* restrict token_correct,   // [N, T]
    global float* restrict statistics,    // [N, T, 2]
    global const float* restrict logits,  // [N, T, C]
    global const int* restrict labels,    // [N, T]
    int N, int T, int C, float smoothing, int ignored) {
  const size_t token = get_global_id(0);
  if (token >= AT(N, T)) return;
  const int label = labels[token];
  const int is_class = label >= 0 && label < C;
  if (label == ignored || !is_class) {
    token_loss[token] = label == ignored ? 0.0f : NAN;
    token_correct[token] = 0;
    statistics[2 * token] = 0.0f;
    statistics[2 * token + 1] = 0.0f;
    return;
  }
  global const float* row = logits + AT(token, C);
  const float top = row_top(row, C);
  const float sum = row_sum_of_weights(row, C, top);
  const float log_sum = logarithm(sum);
  float loss = log_sum + (top - row[label]);
  // Without smoothing, a logit of -infinity is no more than a class that cannot be.
  if (smoothing != 0.0f)
    loss = fma(smoothing, log_sum + mean_below(row, C, top), (1.0f - smoothing) * loss);
  token_loss[token] = loss;
  token_correct[token] = is_first_largest(row, label, top);
  statistics[2 * token] = top;
  statistics[2 * token + 1] = divide(1.0f, sum);
}
#endif

// loss[n] = sum over t of token_loss[n, t], t ascending in chunks; correct[n] and counted[n] = how many tokens
// are right, and not ignored. One work-item per example.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void cross_entropy_forward(
    global float* restrict loss,              // [N]
    global int* restrict correct,             // [N]
    global int* restrict counted,             // [N]
    global const float* restrict token_loss,  // [N, T]
    global const int* restrict token_correct, // [N, T]
    global const int* restrict labels,        // [N, T]
    int N, int T, int ignored) {
  const int n = (int)get_global_id(0);
  if (n >= N) return;
  const size_t first = AT(n, T);
  float total = 0.0f;
  int right = 0;
  int tokens = 0;
  for (int chunk = 0; chunk < T; chunk += CHUNK) {
    float acc = 0.0f;
    for (int t = chunk; t < min(chunk + CHUNK, T); ++t) {
      acc += token_loss[first + (size_t)t];
      right += token_correct[first + (size_t)t];
      tokens += labels[first + (size_t)t] != ignored;
    }
    total += acc;
  }
  loss[n] = total;
  correct[n] = right;
  counted[n] = tokens;
}
#endif

// dlogits[n, t, c] = p[c] - (1 - smoothing) * (c == label) - smoothing / C: the gradient of the sum of the
// tokens' losses; 0 for ignored tokens. One work-item per token.
#if defined(BUILD_ALL) || defined(BUILD_cross_entropy_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void cross_entropy_backward(
    global float* restrict dlogits,           // [N, T, C]
    global const float* restrict logits,      // [N, T, C]
    global const int* restrict labels,        // [N, T]
    global const float* restrict statistics,  // [N, T, 2]
    int N, int T, int C, float smoothing, int ignored) {
  const size_t token = get_global_id(0);
  if (token >= AT(N, T)) return;
  const int label = labels[token];
  global const float* row = logits + AT(token, C);
  global float* to = dlogits + AT(token, C);
  if (label == ignored || label < 0 || label >= C) {
    const float16 v = (float16)(label == ignored ? 0.0f : NAN);
    for (int c = 0; c < C; c += COLUMNS) store_columns(v, to + c, C - c);
    return;
  }
  const float top = statistics[2 * token];
  const float inverse_sum = statistics[2 * token + 1];
  const float off = smoothing * divide(1.0f, (float)C);
  const float on = (1.0f - smoothing) + off;
  for (int c = 0; c < C; c += COLUMNS) {
    const float16 p = row_weights(row, c, C, top) * inverse_sum;
    const float16 target = select((float16)(off), (float16)(on), LANES + c == (int16)(label));
    store_columns(p - target, to + c, C - c);
  }
}
#endif
