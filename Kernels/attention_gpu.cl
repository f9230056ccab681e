// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DBLOCK_ROWS=64 -DBLOCK_VECTORS=4 -DCAUSAL=0
// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DBLOCK_ROWS=64 -DBLOCK_VECTORS=1 -DCAUSAL=1
// The GPU variants of attention.cl: the same sums in the same order, by a work-group where there it is an item. Shapes,
// strides and offsets as there. There are as many groups as tiles, and none returns ahead of a barrier, which PoCL 3.1
// does not survive.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_VECTORS
#define BLOCK_VECTORS 1
#endif
#include "attention.h"
#include "attention_group.h"

// The columns of a block whose tokens, from `first` on, lie behind `token`: they are hidden from it.
#define HIDDEN_BEHIND(first, token) ((LANES + ((first) + ITEM_COLUMN)) > (int16)(token))

// attention_forward; a group per tile of tokens, query head and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void attention_forward_gpu(
    global float* restrict y,        // [N, T, H, D]
    global float* restrict lse,      // [N, H, T]
    global const float* restrict q,  // [N, T, q_stride]
    global const float* restrict k,  // [N, T, k_stride]
    global const float* restrict v,  // [N, T, v_stride]
    int N, int T, int H, int G, int D, int q_stride, int q_offset, int k_stride, int k_offset,
    int v_stride, int v_offset, float scale) {
  (void)N;
  DECLARE_GROUP
  local float top[GROUP_TOKENS];
  local float total[GROUP_TOKENS];
  local float shrink[GROUP_TOKENS];
  local float inverse[GROUP_TOKENS];
  const int t = (int)get_group_id(0) * GROUP_TOKENS;
  const int h = (int)get_group_id(1);
  const int n = (int)get_group_id(2);
  const int count = min(GROUP_TOKENS, T - t);
  const int g = h / (H / G);
  global const float* keys = k + AT(AT(n, T), k_stride) + k_offset + g * D;
  global const float* values = v + AT(AT(n, T), v_stride) + v_offset + g * D;
  const Rows queries = {q + AT(AT(n, T) + (size_t)t, q_stride) + q_offset + h * D, q_stride, count};
  FOR_OWN_TOKENS {
    top[token] = -INFINITY;
    total[token] = 0.0f;
  }
  const int end = CAUSAL ? min(T, t + GROUP_TOKENS) : T;
  for (int first = 0; first < end; first += BLOCK) {
    const int rows = min(BLOCK, end - first);
    const Rows key_rows = {keys + AT(first, k_stride), k_stride, rows};
    const Rows value_rows = {values + AT(first, v_stride), v_stride, rows};
    const bool is_last = first + BLOCK >= end;
    float16 p[TILE_ROWS];
    multiply_group(p, left, right, queries, key_rows, D);
    if (CAUSAL) FOR_ROWS p[r] = select(p[r], (float16)(-INFINITY), HIDDEN_BEHIND(first, t + ITEM_TOKEN(r)));
    show_weights(weights, p);
    barrier(CLK_LOCAL_MEM_FENCE);
    FOR_OWN_TOKENS {
      // A NaN never becomes the largest score, but its weight is NaN, and so is the sum.
      float best = top[token];
      for (int j = 0; j < rows; ++j) {
        const float s = weights[j * GROUP_TOKENS + token];
        best = s > best ? s : best;
      }
      const float bias = -(best * scale);
      float sum = 0.0f;
      for (int block = 0; block < rows; block += COLUMNS) {
        union { float16 vector; float elements[COLUMNS]; } s;
        _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i) s.elements[i] = weights[(block + i) * GROUP_TOKENS + token];
        s.vector = exponential(fma(s.vector, (float16)(scale), (float16)(bias)));
        _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i) {
          weights[(block + i) * GROUP_TOKENS + token] = s.elements[i];
          if (block + i < rows) sum += s.elements[i];
        }
      }
      shrink[token] = exponential((float16)((top[token] - best) * scale)).s0;
      total[token] = fma(total[token], shrink[token], sum);
      top[token] = best;
      if (is_last) {
        inverse[token] = divide16((float16)(1.0f), (float16)(total[token])).s0;
        if (token < count)
          lse[AT(AT(n, H) + (size_t)h, T) + (size_t)(t + token)] =
              best * scale + logarithm16((float16)(total[token])).s0;
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float factor[TILE_ROWS];
    float last[TILE_ROWS];
    FOR_ROWS {
      factor[r] = shrink[ITEM_TOKEN(r)];
      last[r] = is_last ? inverse[ITEM_TOKEN(r)] : 1.0f;
    }
    add_group(
        y + AT(AT(n, T) + (size_t)t, H * D) + h * D, H * D, count, weights, right, value_rows, D, factor, last,
        first == 0, is_last);
  }
}
#endif

// attention_backward_query; a group per tile of tokens, query head and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_backward_query_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void attention_backward_query_gpu(
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
  (void)N;
  DECLARE_GROUP
  local float row_delta[GROUP_TOKENS];
  local float row_lse[GROUP_TOKENS];
  const int t = (int)get_group_id(0) * GROUP_TOKENS;
  const int h = (int)get_group_id(1);
  const int n = (int)get_group_id(2);
  const int count = min(GROUP_TOKENS, T - t);
  const int g = h / (H / G);
  const size_t start = AT(n, T) + (size_t)t;
  const size_t line = AT(AT(n, H) + (size_t)h, T) + (size_t)t;
  global const float* keys = k + AT(AT(n, T), k_stride) + k_offset + g * D;
  global const float* values = v + AT(AT(n, T), v_stride) + v_offset + g * D;
  const Rows queries = {q + AT(start, q_stride) + q_offset + h * D, q_stride, count};
  const Rows outputs = {dy + AT(start, H * D) + h * D, H * D, count};
  float ones[TILE_ROWS];
  float scales[TILE_ROWS];
  FOR_ROWS {
    ones[r] = 1.0f;
    scales[r] = scale;
  }
  FOR_OWN_TOKENS {
    const bool there = token < count;
    global const float* made = y + AT(start + (size_t)(there ? token : 0), H * D) + h * D;
    global const float* gradient = dy + AT(start + (size_t)(there ? token : 0), H * D) + h * D;
    float sum = 0.0f;
    for (int d = 0; d < D; ++d) sum = fma(gradient[d], made[d], sum);
    row_delta[token] = sum;
    row_lse[token] = there ? lse[line + (size_t)token] : 0.0f;
    if (there) delta[line + (size_t)token] = sum;
  }
  const int end = CAUSAL ? min(T, t + GROUP_TOKENS) : T;
  for (int first = 0; first < end; first += BLOCK) {
    const int rows = min(BLOCK, end - first);
    const Rows key_rows = {keys + AT(first, k_stride), k_stride, rows};
    const Rows value_rows = {values + AT(first, v_stride), v_stride, rows};
    float16 p[TILE_ROWS];
    float16 dp[TILE_ROWS];
    multiply_group(p, left, right, queries, key_rows, D);
    multiply_group(dp, left, right, outputs, value_rows, D);
    FOR_ROWS {
      const int token = ITEM_TOKEN(r);
      const float16 weight = exponential(fma(p[r], (float16)(scale), (float16)(-row_lse[token])));
      const float16 ds = weight * (dp[r] - row_delta[token]);
      p[r] = CAUSAL ? select(ds, (float16)(0.0f), HIDDEN_BEHIND(first, t + token)) : ds;
    }
    show_weights(weights, p);
    barrier(CLK_LOCAL_MEM_FENCE);
    add_group(
        dq + AT(start, dq_stride) + dq_offset + h * D, dq_stride, count, weights, right, key_rows, D, ones, scales,
        first == 0, first + BLOCK >= end);
  }
}
#endif

// attention_backward_key; a group per tile of tokens, key and value head, and example.
#if defined(BUILD_ALL) || defined(BUILD_attention_backward_key_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void attention_backward_key_gpu(
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
  (void)N;
  DECLARE_GROUP
  const int t = (int)get_group_id(0) * GROUP_TOKENS;
  const int g = (int)get_group_id(1);
  const int n = (int)get_group_id(2);
  const int count = min(GROUP_TOKENS, T - t);
  const size_t start = AT(n, T) + (size_t)t;
  const Rows keys = {k + AT(start, k_stride) + k_offset + g * D, k_stride, count};
  const Rows values = {v + AT(start, v_stride) + v_offset + g * D, v_stride, count};
  global float* key_sums = dk + AT(start, dk_stride) + dk_offset + g * D;
  global float* value_sums = dv + AT(start, dv_stride) + dv_offset + g * D;
  float ones[TILE_ROWS];
  FOR_ROWS ones[r] = 1.0f;
  const int first_head = g * (H / G);
  const int last_head = first_head + H / G - 1;
  // A query before the tile sees none of its keys.
  const int first_block = CAUSAL ? t / BLOCK * BLOCK : 0;
  for (int h = first_head; h <= last_head; ++h) {
    const size_t line = AT(AT(n, H) + (size_t)h, T);
    for (int block = first_block; block < T; block += BLOCK) {
      const int first = CAUSAL ? max(block, t) : block;
      const int rows = min(block + BLOCK, T) - first;
      const bool is_first = h == first_head && block == first_block;
      const bool is_last = h == last_head && block + BLOCK >= T;
      const Rows queries = {q + AT(AT(n, T) + (size_t)first, q_stride) + q_offset + h * D, q_stride, rows};
      const Rows outputs = {dy + AT(AT(n, T) + (size_t)first, H * D) + h * D, H * D, rows};
      float16 p[TILE_ROWS];
      float16 dp[TILE_ROWS];
      multiply_group(p, left, right, keys, queries, D);
      multiply_group(dp, left, right, values, outputs, D);
      const size_t columns = line + (size_t)(first + ITEM_COLUMN);
      const float16 row_lse = load_columns(lse + columns, rows - ITEM_COLUMN);
      const float16 row_delta = load_columns(delta + columns, rows - ITEM_COLUMN);
      FOR_ROWS {
        // A query sees no key behind it.
        const int16 hidden = (int16)(t + ITEM_TOKEN(r)) > LANES + (first + ITEM_COLUMN);
        const float16 all = exponential(fma(p[r], (float16)(scale), -row_lse));
        const float16 weight = CAUSAL ? select(all, (float16)(0.0f), hidden) : all;
        const float16 ds = weight * (dp[r] - row_delta);
        p[r] = weight;
        dp[r] = CAUSAL ? select(ds, (float16)(0.0f), hidden) : ds;
      }
      // The values' sums, then the keys'.
      _Pragma("unroll 1") for (int part = 0; part < 2; ++part) {
        float last[TILE_ROWS];
        FOR_ROWS {
          p[r] = part == 0 ? p[r] : dp[r];
          last[r] = part == 0 ? 1.0f : scale;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        show_weights(weights, p);
        barrier(CLK_LOCAL_MEM_FENCE);
        add_group(
            part == 0 ? value_sums : key_sums, part == 0 ? dv_stride : dk_stride, count, weights, right,
            part == 0 ? outputs : queries, D, ones, last, is_first, is_last);
      }
    }
  }
}
#endif
