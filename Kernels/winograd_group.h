#pragma once
// What a work-group does together in the GPU variants of Winograd's filtering. After winograd.h.
//
// A group computes the products of all PLACES places of a block of BLOCK_ROWS rows and BLOCK_VECTORS vectors of columns.
// An item has a register tile of TILE_ROWS by TILE_VECTORS of one place. Items of a place are neighbours: they have the
// same columns, which all read at once, and rows one after another; the rows of an item lie ROW_ITEMS apart.
// WINOGRAD_SLICE terms at a time go through local memory.

#define ROW_ITEMS (BLOCK_ROWS / TILE_ROWS)
#define PLACE_ITEMS (ROW_ITEMS * (BLOCK_VECTORS / TILE_VECTORS))
#define GROUP_ITEMS (PLACES * PLACE_ITEMS)
#define BLOCK_COLUMNS (BLOCK_VECTORS * COLUMNS)
#define ITEM ((int)get_local_id(0))
#define ITEM_PLACE (ITEM / PLACE_ITEMS)
// Where row r and vector v of the tile of an item lie in the block, which is so many items behind the first of its place.
#define TILE_ROW(item, r) ((item) % ROW_ITEMS + (r) * ROW_ITEMS)
#define TILE_VECTOR(item, v) ((item) / ROW_ITEMS * TILE_VECTORS + (v))

#if BLOCK_ROWS % TILE_ROWS || BLOCK_VECTORS % TILE_VECTORS
#error "a block is a whole number of register tiles"
#endif

// A divisor of WINOGRAD_CHUNK: what 32 KB of local memory hold.
#if PLACES * 8 * 4 * (BLOCK_ROWS + 4 + BLOCK_COLUMNS) <= 32768
#define WINOGRAD_SLICE 8
#else
#define WINOGRAD_SLICE 4
#endif

// left[place][term][row], in lines that are a little longer, so that neighbours who write one row of several terms meet
// in no bank; right[place][term][column]. Then, in the same memory, one vector of each item: exchange[quarter][item].
#define LEFT_LINE (BLOCK_ROWS + 32 / WINOGRAD_SLICE)
#define LEFT_FOURS (PLACES * WINOGRAD_SLICE * LEFT_LINE / 4)
#define RIGHT_FOURS (PLACES * WINOGRAD_SLICE * BLOCK_COLUMNS / 4)
#define EXCHANGE_FOURS (4 * GROUP_ITEMS)
#define MEMORY_FOURS \
  (LEFT_FOURS + RIGHT_FOURS > EXCHANGE_FOURS ? LEFT_FOURS + RIGHT_FOURS : EXCHANGE_FOURS)

GROUP_FUNCTION local float* left_line(local float4* memory, int place, int term) {
  return (local float*)memory + (place * WINOGRAD_SLICE + term) * LEFT_LINE;
}
GROUP_FUNCTION local float4* right_line(local float4* memory, int place, int term) {
  return memory + LEFT_FOURS + (place * WINOGRAD_SLICE + term) * (BLOCK_COLUMNS / 4);
}

// acc[r][v] += sum over the first `terms` terms of the slice, at the place of this item, of left * right.
#define ADD_TERM(i)                                                                                \
  {                                                                                                \
    float16 y[TILE_VECTORS];                                                                       \
    FOR_VECTORS {                                                                                  \
      local const float4* four = right_line(memory, place, i) + 4 * TILE_VECTOR(item, v);          \
      y[v] = (float16)(four[0], four[1], four[2], four[3]);                                        \
    }                                                                                              \
    FOR_ROWS {                                                                                     \
      const float16 x = (float16)(left_line(memory, place, i)[TILE_ROW(item, r)]);                 \
      FOR_VECTORS acc[r][v] = fma(x, y[v], acc[r][v]);                                             \
    }                                                                                              \
  }
GROUP_FUNCTION void add_terms(float16 acc[TILE_ROWS][TILE_VECTORS], local float4* memory, int terms) {
  const int place = ITEM_PLACE;
  const int item = ITEM % PLACE_ITEMS;
  if (terms == WINOGRAD_SLICE) {
    _Pragma("unroll") for (int i = 0; i < WINOGRAD_SLICE; ++i) ADD_TERM(i)
  } else {
    _Pragma("unroll 1") for (int i = 0; i < terms; ++i) ADD_TERM(i)
  }
}

// total, of so many chunks before, += acc, and acc = 0.
static inline void end_chunk(
    float16 total[TILE_ROWS][TILE_VECTORS], float16 acc[TILE_ROWS][TILE_VECTORS], bool is_first) {
  FOR_ROWS FOR_VECTORS total[r][v] = is_first ? acc[r][v] : total[r][v] + acc[r][v];
  TILE_ZERO(acc)
}

// Shows vector `vector` of row `row` of each item's tile to the whole group.
GROUP_FUNCTION void exchange_vectors(
    local float4* memory, float16 tile[TILE_ROWS][TILE_VECTORS], int row, int vector) {
  barrier(CLK_LOCAL_MEM_FENCE);
  FOR_ROWS FOR_VECTORS if (r == row && v == vector) {
    memory[ITEM] = tile[r][v].s0123;
    memory[GROUP_ITEMS + ITEM] = tile[r][v].s4567;
    memory[2 * GROUP_ITEMS + ITEM] = tile[r][v].s89ab;
    memory[3 * GROUP_ITEMS + ITEM] = tile[r][v].scdef;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

// What item `item` of a place showed.
GROUP_FUNCTION float16 exchanged(local const float4* memory, int place, int item) {
  local const float4* four = memory + place * PLACE_ITEMS + item;
  return (float16)(four[0], four[GROUP_ITEMS], four[2 * GROUP_ITEMS], four[3 * GROUP_ITEMS]);
}

// The transforms of winograd.h for one number or one output at a time: of lines and then of columns by the same rule.

// (B' d)[0 .. 3].
static inline void transform_line(float* a, float* b, float* c, float* d) {
  const float e = *a - *c;
  const float f = *b + *c;
  const float g = *c - *b;
  const float h = *b - *d;
  *a = e;
  *b = f;
  *c = g;
  *d = h;
}
static inline void transform_patch(float d[PLACES]) {
  _Pragma("unroll") for (int j = 0; j < 4; ++j) transform_line(d + j, d + 4 + j, d + 8 + j, d + 12 + j);
  _Pragma("unroll") for (int i = 0; i < PLACES; i += 4) transform_line(d + i, d + i + 1, d + i + 2, d + i + 3);
}

// (A' m)[i], i < 2.
static inline float16 output_of(int i, float16 a, float16 b, float16 c, float16 d) {
  return i == 0 ? (a + b) + c : (b - c) - d;
}
// (G' du)[i], i < 3.
static inline float16 tap_of(int i, float16 a, float16 b, float16 c, float16 d) {
  const float16 half_sum = 0.5f * (b + c);
  return i == 0 ? a + half_sum : i == 1 ? 0.5f * (b - c) : half_sum + d;
}

// Element (i, j) of an output transform `of` what item `item` of each place showed.
#define DEFINE_SHOWN(name, of)                                                                     \
  GROUP_FUNCTION float16 name(local const float4* memory, int item, int i, int j) {                 \
    float16 line[4];                                                                               \
    _Pragma("unroll") for (int k = 0; k < 4; ++k) line[k] =                                        \
        of(i, exchanged(memory, k, item), exchanged(memory, 4 + k, item),                          \
           exchanged(memory, 8 + k, item), exchanged(memory, 12 + k, item));                       \
    return of(j, line[0], line[1], line[2], line[3]);                                              \
  }
DEFINE_SHOWN(shown_output, output_of)
DEFINE_SHOWN(shown_tap, tap_of)

// Bit 4 i + j says whether pixel (h + i, w + j) lies inside of height x width.
static inline int patch_inside(int h, int w, int height, int width) {
  int bits = 0;
  _Pragma("unroll") for (int k = 0; k < PLACES; ++k)
      bits |= ((uint)(h + k / 4) < (uint)height && (uint)(w + k % 4) < (uint)width) << k;
  return bits;
}

// d[4 i + j] = the number at x of pixel (i, j) of a patch, zero where `inside` says so.
static inline void fetch_patch(float d[PLACES], global const float* x, int inside, int width, int pixel) {
  _Pragma("unroll") for (int k = 0; k < PLACES; ++k)
      d[k] = (inside >> k) & 1 ? x[(long)(k / 4 * width + k % 4) * pixel] : 0.0f;
}
