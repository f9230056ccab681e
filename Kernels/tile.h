#pragma once
// The register tile of every product: acc[row][vector] += a[row] * b[vector].
//
// One work-item owns one tile; no output element is shared, and each adds its terms in the same order
// whatever the tile's shape, so TILE_ROWS and TILE_VECTORS never change a bit.

#define FOR_ROWS _Pragma("unroll") for (int r = 0; r < TILE_ROWS; ++r)
#define FOR_VECTORS _Pragma("unroll") for (int v = 0; v < TILE_VECTORS; ++v)
// What is done once per tile is left in loops: unrolled, it took most of the time that drivers need to compile a kernel.
#define EACH_ROW _Pragma("unroll 1") for (int r = 0; r < TILE_ROWS; ++r)
#define EACH_VECTOR _Pragma("unroll 1") for (int v = 0; v < TILE_VECTORS; ++v)
#define TILE_COLUMNS (TILE_VECTORS * COLUMNS)

// Loads TILE_VECTORS vectors at p; only the last tile of a row that TILE_COLUMNS does not divide is guarded.
#define LOAD_VECTORS(b, p, guarded, count)                                              \
  FOR_VECTORS b[v] = (guarded) ? load_columns((p) + v * COLUMNS, (count) - v * COLUMNS) \
                               : vload16(0, (p) + v * COLUMNS);
#define TILE_ZERO(acc) FOR_ROWS FOR_VECTORS acc[r][v] = (float16)(0.0f);
#define TILE_ADD(total, acc) FOR_ROWS FOR_VECTORS total[r][v] += acc[r][v];

// How many leading rows of an array [rows, stride] allow an unguarded read up to column `end`, which may lie in
// the next rows: what is read there is never stored.
static inline int open_rows(int rows, int stride, int end) {
  return end <= stride ? rows : max(0, rows - (end - 1) / stride);
}

// Zeros outside of [rows, columns], so that what was read there is not reported as a gradient.
#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define TILE_MASK(tile, row, rows, column, columns)                                                \
  FOR_ROWS FOR_VECTORS tile[r][v] =                                                                \
      (row) + r < (rows) ? select((float16)(0.0f), tile[r][v],                                     \
                                  LANES < (int16)((columns) - (column)-v * COLUMNS))               \
                         : (float16)(0.0f);
