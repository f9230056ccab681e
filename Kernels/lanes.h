#pragma once
// Rows and columns in GPU variants: 16 neighbours in a work-group are the 16 striped lanes of a row, or 16 columns; they
// make a slot, of which a group has SLOTS. After strided.h.

#define LANE (ITEM % COLUMNS)
#define SLOT (ITEM / COLUMNS)
#define SLOTS (GROUP_ITEMS / COLUMNS)

// The lanes of this item's row, of which each item of the group gives one; `lanes` has room for all of them.
GROUP_FUNCTION float16 gather_lanes(local float* lanes, float mine) {
  barrier(CLK_LOCAL_MEM_FENCE);
  lanes[ITEM] = mine;
  barrier(CLK_LOCAL_MEM_FENCE);
  return vload16((size_t)SLOT, lanes);
}

// Columns that the lanes of a row go through: zeros behind its end take part in sums, as they do in load_columns.
#define PADDED(count) (((count) + COLUMNS - 1) / COLUMNS * COLUMNS)
static inline float element(global const float* p, int i, int count) { return i < count ? p[i] : 0.0f; }
