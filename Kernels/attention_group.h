#pragma once
// What a work-group does together in the GPU variants of attention. After attention.h.
//
// A group owns GROUP_TOKENS tokens and walks over the others in blocks of BLOCK, as a work-item does in the other variant. An
// item has TILE_ROWS of the tokens, ROW_ITEMS apart, and a vector of COLUMNS of the block, or of the elements of a head.
// Operands go through local memory, SLICE terms at a time; so do the weights of a block. The sums of a token stay in
// the array that they belong to, where one item reads and writes them: registers do not suffice, and caches hold them.

#define GROUP_TOKENS (BLOCK_VECTORS * COLUMNS)
#define ROW_ITEMS (GROUP_TOKENS / TILE_ROWS)
#define GROUP_ITEMS (ROW_ITEMS * (BLOCK / COLUMNS))
#define ITEM ((int)get_local_id(0))
#define ITEM_TOKEN(r) (ITEM % ROW_ITEMS + (r) * ROW_ITEMS)
#define ITEM_COLUMN (ITEM / ROW_ITEMS * COLUMNS)
// Tokens whose softmax this item computes.
#define OWN_TOKENS ((GROUP_TOKENS + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define FOR_OWN_TOKENS for (int token = ITEM, s_ = 0; s_ < OWN_TOKENS; ++s_, token += GROUP_ITEMS) if (token < GROUP_TOKENS)

#if GROUP_TOKENS % TILE_ROWS
#error "TILE_ROWS must divide the tokens of a group"
#endif

#define SLICE 16
// Lines of local memory: a little longer, so that items that write columns meet in no bank.
#define TOKEN_LINE (GROUP_TOKENS + 2)
#define OTHER_LINE (BLOCK / 4 + 1)

// The local memory of a group, in the kernel's outermost block: slices, and weights[other][token].
#define DECLARE_GROUP                        \
  local float left[SLICE * TOKEN_LINE];      \
  local float4 right[SLICE * OTHER_LINE];    \
  local float weights[BLOCK * GROUP_TOKENS];

// Rows of D elements in memory; the first `count` are there.
typedef struct {
  global const float* from;
  int stride;
  int count;
} Rows;

GROUP_FUNCTION float16 other_vector(local const float4* right, int i) {
  local const float4* four = right + i * OTHER_LINE + ITEM_COLUMN / 4;
  return (float16)(four[0], four[1], four[2], four[3]);
}

// acc[r] = sum over d, ascending, of mine[token r, d] * others[ITEM_COLUMN ..., d].
GROUP_FUNCTION void multiply_group(
    float16 acc[TILE_ROWS], local float* left, local float4* right, const Rows mine, const Rows others, int D) {
  FOR_ROWS acc[r] = (float16)(0.0f);
  for (int first = 0; first < D; first += SLICE) {
    const int terms = min(SLICE, D - first);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = ITEM; e < GROUP_TOKENS * SLICE; e += GROUP_ITEMS) {
      const int d = e % SLICE;
      const int row = e / SLICE;
      left[d * TOKEN_LINE + row] =
          d < terms && row < mine.count ? mine.from[AT(row, mine.stride) + (size_t)(first + d)] : 0.0f;
    }
    for (int e = ITEM; e < BLOCK * SLICE; e += GROUP_ITEMS) {
      const int d = e % SLICE;
      const int row = e / SLICE;
      ((local float*)right)[d * OTHER_LINE * 4 + row] =
          d < terms && row < others.count ? others.from[AT(row, others.stride) + (size_t)(first + d)] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int d = 0; d < terms; ++d) {
      const float16 y = other_vector(right, d);
      FOR_ROWS acc[r] = fma((float16)(left[d * TOKEN_LINE + ITEM_TOKEN(r)]), y, acc[r]);
    }
  }
}

// Shows the weights of this item to the group: lines of `others`, places of `tokens`.
GROUP_FUNCTION void show_weights(local float* weights, const float16 shown[TILE_ROWS]) {
  FOR_ROWS {
    union { float16 vector; float elements[COLUMNS]; } u;
    u.vector = shown[r];
    _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i)
        weights[(ITEM_COLUMN + i) * GROUP_TOKENS + ITEM_TOKEN(r)] = u.elements[i];
  }
}

// sums[token, d] = (sums[token, d] * factor[r] + sum over others j, ascending, of weights[j, token] * others[j, d])
// * last[r]; without the first term where the block is the first one, without the factor `last` where it is not
// the last one. All weights are shown.
GROUP_FUNCTION void add_group(
    global float* sums, int stride, int count, local const float* weights, local float4* right, const Rows others, int D,
    const float factor[TILE_ROWS], const float last[TILE_ROWS], bool is_first, bool is_last) {
  for (int first_d = 0; first_d < D; first_d += BLOCK) {
    float16 acc[TILE_ROWS];
    FOR_ROWS acc[r] = (float16)(0.0f);
    for (int first = 0; first < others.count; first += SLICE) {
      const int terms = min(SLICE, others.count - first);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int e = ITEM; e < BLOCK * SLICE; e += GROUP_ITEMS) {
        const int d = first_d + e % BLOCK;
        const int row = first + e / BLOCK;
        ((local float*)right)[e / BLOCK * OTHER_LINE * 4 + e % BLOCK] =
            d < D && row < others.count ? others.from[AT(row, others.stride) + (size_t)d] : 0.0f;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int j = 0; j < terms; ++j) {
        const float16 y = other_vector(right, j);
        FOR_ROWS acc[r] = fma((float16)(weights[(first + j) * GROUP_TOKENS + ITEM_TOKEN(r)]), y, acc[r]);
      }
    }
    const int d = first_d + ITEM_COLUMN;
    FOR_ROWS {
      const int token = ITEM_TOKEN(r);
      if (d < D && token < count) {
        global float* at = sums + AT(token, stride) + d;
        const float16 before = is_first ? (float16)(0.0f) : load_columns(at, D - d);
        const float16 sum = fma(before, (float16)(factor[r]), acc[r]);
        store_columns(is_last ? sum * last[r] : sum, at, D - d);
      }
    }
  }
}
