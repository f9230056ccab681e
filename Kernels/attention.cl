// lint: -DTILE_ROWS=8 -DTILE_VECTORS=1 -DCAUSAL=0
// lint: -DTILE_ROWS=16 -DTILE_VECTORS=2 -DCAUSAL=1
// Attention of H query heads over G key and value heads of size D <= 128; query head h reads head h / (H / G).
// N examples of T tokens. With CAUSAL a query sees the keys up to its own token, else all.
//
// The rows of q, k, v and their gradients may be parts of wider ones: head `head` of token t of example n begins
// at AT(n * T + t, stride) + offset + head * D. So the three may share one packed array.
//
// How the tiles and their sums are made, and what is part of the numeric contract: attention.h.

#include "attention.h"

// y[n, t, h] = sum over keys j of p[j] * v[n, j], p = softmax over j of scale * (q[n, t, h] . k[n, j]);
// lse[n, h, t] = log of the sum over j of exp(scale * (q . k)). The softmax is relative to the largest score so
// far, and rescaled block by block. One work-item per tile of tokens, query head and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void attention_forward(
    global float* restrict y,        // [N, T, H, D]
    global float* restrict lse,      // [N, H, T]
    global const float* restrict q,  // [N, T, q_stride]
    global const float* restrict k,  // [N, T, k_stride]
    global const float* restrict v,  // [N, T, v_stride]
    int N, int T, int H, int G, int D, int q_stride, int q_offset, int k_stride, int k_offset,
    int v_stride, int v_offset, float scale) {
  const int t = (int)get_global_id(0) * TILE_COLUMNS;
  const int h = (int)get_global_id(1);
  const int n = (int)get_global_id(2);
  if (t >= T || h >= H || n >= N) return;
  const int count = T - t;
  const int g = h / (H / G);
  global const float* keys = k + AT(AT(n, T), k_stride) + k_offset + g * D;
  global const float* values = v + AT(AT(n, T), v_stride) + v_offset + g * D;

  TOKENS(query);
  TOKENS(sums);
  SCORES(p);
  float16 top[TILE_VECTORS];
  float16 total[TILE_VECTORS];
  load_tokens(query, q + AT(AT(n, T) + (size_t)t, q_stride) + q_offset + h * D, q_stride, count, D);
  clear_tokens(sums, D);
  FOR_VECTORS {
    top[v] = (float16)(-INFINITY);
    total[v] = (float16)(0.0f);
  }

  const int end = CAUSAL ? min(T, t + TILE_COLUMNS) : T;
  for (int first = 0; first < end; first += BLOCK) {
    const int rows = min(BLOCK, end - first);
    multiply_tokens(p, keys + AT(first, k_stride), k_stride, rows, query, D);
    if (CAUSAL && first + rows - 1 > t)
      for (int j = max(0, t - first); j < rows; ++j)
        FOR_VECTORS {
          const int16 token = LANES + (t + v * COLUMNS);
          float16* s = p + j * TILE_VECTORS + v;
          *s = select(*s, (float16)(-INFINITY), (int16)(first + j) > token);
        }
    float16 shrink[TILE_VECTORS];
    FOR_VECTORS {
      // A NaN never becomes the largest score, but its weight is NaN, and so is the sum.
      float16 best = top[v];
      for (int j = 0; j < rows; ++j) {
        const float16 s = p[j * TILE_VECTORS + v];
        best = select(best, s, s > best);
      }
      const float16 bias = -(best * scale);
      float16 sum = (float16)(0.0f);
      for (int j = 0; j < rows; ++j) {
        float16* s = p + j * TILE_VECTORS + v;
        *s = exponential(fma(*s, (float16)(scale), bias));
        sum += *s;
      }
      shrink[v] = exponential((top[v] - best) * scale);
      total[v] = fma(total[v], shrink[v], sum);
      top[v] = best;
    }
    add_tokens(sums, shrink, values + AT(first, v_stride), v_stride, rows, p, D);
  }

  float16 inverse[TILE_VECTORS];
  FOR_VECTORS {
    inverse[v] = divide16((float16)(1.0f), total[v]);
    store_columns(
      top[v] * scale + logarithm16(total[v]), lse + AT(AT(n, H) + (size_t)h, T) + t + v * COLUMNS,
      count - v * COLUMNS);
  }
  store_tokens(y + AT(AT(n, T) + (size_t)t, H * D) + h * D, sums, inverse, H * D, count, D);
}
#endif

// With p as above, dp[t, j] = dy[t] . v[j] and delta[t] = sum over d of dy[t, d] * y[t, d], which is the sum
// over j of p[t, j] * dp[t, j]: the gradient of score (t, j) is ds = p * (dp - delta), and
// dq[n, t, h] = scale * sum over keys j of ds[t, j] * k[n, j]. delta is kept for attention_backward_key.
// One work-item per tile of tokens, query head and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_backward_query)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void attention_backward_query(
    global float* restrict dq,         // [N, T, dq_stride]
    global float* restrict delta,      // [N, H, T]
    global const float* restrict dy,   // [N, T, H, D]
    global const float* restrict y,    // [N, T, H, D]
    global const float* restrict lse,  // [N, H, T]
    global const float* restrict q,    // [N, T, q_stride]
    global const float* restrict k,    // [N, T, k_stride]
    global const float* restrict v,    // [N, T, v_stride]
    int N, int T, int H, int G, int D, int q_stride, int q_offset, int k_stride, int k_offset,
    int v_stride, int v_offset, int dq_stride, int dq_offset, float scale) {
  const int t = (int)get_global_id(0) * TILE_COLUMNS;
  const int h = (int)get_global_id(1);
  const int n = (int)get_global_id(2);
  if (t >= T || h >= H || n >= N) return;
  const int count = T - t;
  const int g = h / (H / G);
  const size_t token = AT(n, T) + (size_t)t;
  const size_t line = AT(AT(n, H) + (size_t)h, T) + (size_t)t;
  global const float* keys = k + AT(AT(n, T), k_stride) + k_offset + g * D;
  global const float* values = v + AT(AT(n, T), v_stride) + v_offset + g * D;

  TOKENS(query);
  TOKENS(output);
  TOKENS(sums);
  SCORES(p);
  SCORES(dp);
  float16 row_delta[TILE_VECTORS];
  float16 row_lse[TILE_VECTORS];
  float16 one[TILE_VECTORS];
  load_tokens(query, q + AT(token, q_stride) + q_offset + h * D, q_stride, count, D);
  load_tokens(output, dy + AT(token, H * D) + h * D, H * D, count, D);
  load_tokens(sums, y + AT(token, H * D) + h * D, H * D, count, D);
  FOR_VECTORS {
    row_delta[v] = (float16)(0.0f);
    for (int d = 0; d < D; ++d)
      row_delta[v] =
        fma(output[d * TILE_VECTORS + v], sums[d * TILE_VECTORS + v], row_delta[v]);
    one[v] = (float16)(1.0f);
    row_lse[v] = load_columns(lse + line + min(v * COLUMNS, count), count - v * COLUMNS);
    store_columns(row_delta[v], delta + line + v * COLUMNS, count - v * COLUMNS);
  }
  clear_tokens(sums, D);

  const int end = CAUSAL ? min(T, t + TILE_COLUMNS) : T;
  for (int first = 0; first < end; first += BLOCK) {
    const int rows = min(BLOCK, end - first);
    multiply_tokens(p, keys + AT(first, k_stride), k_stride, rows, query, D);
    multiply_tokens(dp, values + AT(first, v_stride), v_stride, rows, output, D);
    for (int j = 0; j < rows; ++j)
      FOR_VECTORS {
        const int at = j * TILE_VECTORS + v;
        const float16 weight = exponential(fma(p[at], (float16)(scale), -row_lse[v]));
        const float16 ds = weight * (dp[at] - row_delta[v]);
        const int16 own = LANES + (t + v * COLUMNS);
        p[at] = CAUSAL ? select(ds, (float16)(0.0f), (int16)(first + j) > own) : ds;
      }
    add_tokens(sums, one, keys + AT(first, k_stride), k_stride, rows, p, D);
  }
  FOR_VECTORS one[v] = (float16)(scale);
  store_tokens(dq + AT(token, dq_stride) + dq_offset + h * D, sums, one, dq_stride, count, D);
}
#endif

// dk[n, j, g] = scale * sum over query heads h of the group and queries t of ds[t, j] * q[n, t, h];
// dv[n, j, g] = the same sum of p[t, j] * dy[n, t, h]; h ascends, then t.
// One work-item per tile of tokens, key and value head, and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_backward_key)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void attention_backward_key(
    global float* restrict dk,           // [N, T, dk_stride]
    global float* restrict dv,           // [N, T, dv_stride]
    global const float* restrict dy,     // [N, T, H, D]
    global const float* restrict lse,    // [N, H, T]
    global const float* restrict delta,  // [N, H, T]
    global const float* restrict q,      // [N, T, q_stride]
    global const float* restrict k,      // [N, T, k_stride]
    global const float* restrict v,      // [N, T, v_stride]
    int N, int T, int H, int G, int D, int q_stride, int q_offset, int k_stride, int k_offset,
    int v_stride, int v_offset, int dk_stride, int dk_offset, int dv_stride, int dv_offset,
    float scale) {
  const int t = (int)get_global_id(0) * TILE_COLUMNS;
  const int g = (int)get_global_id(1);
  const int n = (int)get_global_id(2);
  if (t >= T || g >= G || n >= N) return;
  const int count = T - t;
  const size_t token = AT(n, T) + (size_t)t;

  TOKENS(key);
  TOKENS(value);
  TOKENS(key_sums);
  TOKENS(value_sums);
  SCORES(p);
  SCORES(dp);
  float16 factor[TILE_VECTORS];
  FOR_VECTORS factor[v] = (float16)(1.0f);
  load_tokens(key, k + AT(token, k_stride) + k_offset + g * D, k_stride, count, D);
  load_tokens(value, v + AT(token, v_stride) + v_offset + g * D, v_stride, count, D);
  clear_tokens(key_sums, D);
  clear_tokens(value_sums, D);

  for (int h = g * (H / G); h < (g + 1) * (H / G); ++h) {
    const size_t line = AT(AT(n, H) + (size_t)h, T);
    // A query before the tile sees none of its keys.
    for (int block = CAUSAL ? t / BLOCK * BLOCK : 0; block < T; block += BLOCK) {
      const int first = CAUSAL ? max(block, t) : block;
      const int rows = min(block + BLOCK, T) - first;
      global const float* queries =
        q + AT(AT(n, T) + (size_t)first, q_stride) + q_offset + h * D;
      global const float* outputs = dy + AT(AT(n, T) + (size_t)first, H * D) + h * D;
      multiply_tokens(p, queries, q_stride, rows, key, D);
      multiply_tokens(dp, outputs, H * D, rows, value, D);
      for (int j = 0; j < rows; ++j) {
        const float16 row_lse = (float16)((lse + line + first)[j]);
        const float16 row_delta = (float16)((delta + line + first)[j]);
        FOR_VECTORS {
          const int at = j * TILE_VECTORS + v;
          const int16 hidden = LANES + (t + v * COLUMNS) > (int16)(first + j);
          const float16 all = exponential(fma(p[at], (float16)(scale), -row_lse));
          const float16 weight = CAUSAL ? select(all, (float16)(0.0f), hidden) : all;
          const float16 ds = weight * (dp[at] - row_delta);
          p[at] = weight;
          dp[at] = CAUSAL ? select(ds, (float16)(0.0f), hidden) : ds;
        }
      }
      add_tokens(value_sums, factor, outputs, H * D, rows, p, D);
      add_tokens(key_sums, factor, queries, q_stride, rows, dp, D);
    }
  }
  store_tokens(dv + AT(token, dv_stride) + dv_offset + g * D, value_sums, factor, dv_stride, count, D);
  FOR_VECTORS factor[v] = (float16)(scale);
  store_tokens(dk + AT(token, dk_stride) + dk_offset + g * D, key_sums, factor, dk_stride, count, D);
}
#endif
