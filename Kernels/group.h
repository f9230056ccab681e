#pragma once
// The block of a product that a work-group computes together, in the GPU variants of kernels. After tile.h.
//
// A group computes BLOCK_ROWS rows by BLOCK_VECTORS vectors of columns, each item a register tile of TILE_ROWS by
// TILE_VECTORS. SLICE terms of the inner dimension at a time go through local memory. Neighbours in a group have the
// same columns, which all read at once, and rows one after another: the rows of an item lie ROW_ITEMS apart.
// Each element adds its terms in the order of multiply_rows, so none of these sizes changes a bit.

#define ROW_ITEMS (BLOCK_ROWS / TILE_ROWS)
#define GROUP_ITEMS (ROW_ITEMS * (BLOCK_VECTORS / TILE_VECTORS))
#define BLOCK_COLUMNS (BLOCK_VECTORS * COLUMNS)
#define ITEM ((int)get_local_id(0))
#define ITEM_ROW(r) (ITEM % ROW_ITEMS + (r) * ROW_ITEMS)
#define ITEM_COLUMN(v) ((ITEM / ROW_ITEMS * TILE_VECTORS + (v)) * COLUMNS)

// A divisor of CHUNK.
#define SLICE 16
// Lines of local memory, in floats and in vectors of four: a little longer than a block, so that items that write
// columns of it meet in no bank.
#define LEFT_LINE (BLOCK_ROWS + 2)
#define RIGHT_LINE (BLOCK_COLUMNS / 4 + 1)
// Elements of a slice that one item carries.
#define LEFT_SHARE ((BLOCK_ROWS * SLICE + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define RIGHT_SHARE ((BLOCK_COLUMNS * SLICE + GROUP_ITEMS - 1) / GROUP_ITEMS)

// Declares the local memory of a kernel's slices, in the kernel's outermost block.
#define DECLARE_SLICES             \
  local float left[SLICE * LEFT_LINE]; \
  local float4 right[SLICE * RIGHT_LINE];

// A matrix, from the first row and column of the block on: element (outer, inner) is at
// outer * outer_stride + inner * inner_stride, for outer < outers and inner < inners. Neighbours in memory are those
// along the inner dimension where `along`, else across it.
typedef struct {
  global const float* from;
  int outers;
  int inners;
  int outer_stride;
  int inner_stride;
  bool along;
} Operand;

// Which element of a slice is the s-th of this item: items one after another read addresses one after another. Written
// so that as much as possible is the same for all items: addresses would take more registers than elements.
#define OUTER_ALONG(s) \
  (GROUP_ITEMS % SLICE == 0 ? ITEM / SLICE + (s) * (GROUP_ITEMS / SLICE) : (ITEM + (s)*GROUP_ITEMS) / SLICE)
#define INNER_ALONG(s) (GROUP_ITEMS % SLICE == 0 ? ITEM % SLICE : (ITEM + (s)*GROUP_ITEMS) % SLICE)
#define OUTER_ACROSS(s, block)                            \
  (GROUP_ITEMS % (block) == 0   ? ITEM % (block)          \
   : (block) % GROUP_ITEMS == 0 ? ITEM + (s)*GROUP_ITEMS % (block) : (ITEM + (s)*GROUP_ITEMS) % (block))
#define INNER_ACROSS(s, block)                                                     \
  (GROUP_ITEMS % (block) == 0   ? ITEM / (block) + (s) * (GROUP_ITEMS / (block))   \
   : (block) % GROUP_ITEMS == 0 ? (s)*GROUP_ITEMS / (block) : (ITEM + (s)*GROUP_ITEMS) / (block))
#define OUTER(m, s, block) ((m).along ? OUTER_ALONG(s) : OUTER_ACROSS(s, block))
#define INNER(m, s, block) ((m).along ? INNER_ALONG(s) : INNER_ACROSS(s, block))
#define IS_ELEMENT(s, block) \
  ((block)*SLICE % GROUP_ITEMS == 0 || ITEM + (s)*GROUP_ITEMS < (block)*SLICE)

// The elements that this item carries of the slice from `first` on, zeros outside of the matrix.
#define DEFINE_FETCH(name, share, block)                                                           \
  static inline void name(float next[share], const Operand m, int first) {                         \
    global const float* from = m.from + AT(first, m.inner_stride);                                 \
    _Pragma("unroll") for (int s = 0; s < share; ++s) {                                            \
      const int outer = OUTER(m, s, block);                                                        \
      const int inner = INNER(m, s, block);                                                        \
      next[s] = IS_ELEMENT(s, block) && outer < m.outers && first + inner < m.inners               \
                    ? from[AT(outer, m.outer_stride) + AT(inner, m.inner_stride)]                  \
                    : 0.0f;                                                                        \
    }                                                                                              \
  }
DEFINE_FETCH(fetch_left, LEFT_SHARE, BLOCK_ROWS)
DEFINE_FETCH(fetch_right, RIGHT_SHARE, BLOCK_COLUMNS)

// Puts what was fetched into local memory, when all items are done with what is there.
#define DEFINE_STAGE(name, share, block, line)                                                     \
  GROUP_FUNCTION void name(local float* to, const float next[share], const Operand m) {             \
    _Pragma("unroll") for (int s = 0; s < share; ++s)                                              \
      if (IS_ELEMENT(s, block)) to[INNER(m, s, block) * (line) + OUTER(m, s, block)] = next[s];    \
  }
DEFINE_STAGE(stage_left, LEFT_SHARE, BLOCK_ROWS, LEFT_LINE)
DEFINE_STAGE(stage_right, RIGHT_SHARE, BLOCK_COLUMNS, RIGHT_LINE * 4)

// acc += term i of the slice.
GROUP_FUNCTION void add_term(
    float16 acc[TILE_ROWS][TILE_VECTORS], local const float* left, local const float4* right, int i) {
  float16 y[TILE_VECTORS];
  FOR_VECTORS {
    local const float4* four = right + i * RIGHT_LINE + ITEM_COLUMN(v) / 4;
    y[v] = (float16)(four[0], four[1], four[2], four[3]);
  }
  FOR_ROWS {
    const float16 x = (float16)(left[i * LEFT_LINE + ITEM_ROW(r)]);
    FOR_VECTORS acc[r][v] = fma(x, y[v], acc[r][v]);
  }
}

// total[r][v] = sum over i of a(row r, i) * b(columns of v, i), i ascending in chunks. While a slice is computed the
// next one is on its way.
GROUP_FUNCTION void multiply_group(
    float16 total[TILE_ROWS][TILE_VECTORS], local float* left, local float4* right, const Operand a,
    const Operand b) {
  float next_left[LEFT_SHARE];
  float next_right[RIGHT_SHARE];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(total)
  TILE_ZERO(acc)
  fetch_left(next_left, a, 0);
  fetch_right(next_right, b, 0);
  for (int first = 0; first < a.inners; first += SLICE) {
    const int count = min(SLICE, a.inners - first);
    barrier(CLK_LOCAL_MEM_FENCE);
    stage_left(left, next_left, a);
    stage_right((local float*)right, next_right, b);
    barrier(CLK_LOCAL_MEM_FENCE);
    fetch_left(next_left, a, first + SLICE);
    fetch_right(next_right, b, first + SLICE);
    // One loop: with another for whole slices compilers keep the tile twice, and spill it.
    _Pragma("unroll 1") for (int i = 0; i < count; ++i) add_term(acc, left, right, i);
    if ((first + SLICE) % CHUNK == 0 || first + SLICE >= a.inners) {
      TILE_ADD(total, acc)
      TILE_ZERO(acc)
    }
  }
}
