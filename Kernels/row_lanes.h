#pragma once
// row.h for rows whose lanes are items of a work-group. After row.h and lanes.h.
//
// `columns` is C, or 0 for an item that has no row: it takes part in the barriers alone. The items of a slot take
// SPAN columns at once, vectors of every 16th.

#define SPAN (COLUMNS * COLUMNS)

// acc plus the elements of a vector, in their order.
static inline float add_elements(float acc, float16 v) {
  return acc + v.s0 + v.s1 + v.s2 + v.s3 + v.s4 + v.s5 + v.s6 + v.s7 + v.s8 + v.s9 + v.sa + v.sb + v.sc + v.sd +
         v.se + v.sf;
}

GROUP_FUNCTION float lanes_top(local float* lanes, global const float* row, int columns) {
  float top = -INFINITY;
  for (int c = LANE; c < columns; c += COLUMNS) {
    const float v = row[c];
    top = v > top || v != v ? v : top;
  }
  return top_of_lanes(gather_lanes(lanes, top));
}

// exp(row - top) of this item's columns from c on, zeros behind the last one.
static inline float16 lane_weights(global const float* row, int c, int columns, float top) {
  return only_strided(exponential(load_strided(row + c, columns - c) - top), 0.0f, columns - c);
}

GROUP_FUNCTION float lanes_sum_of_weights(local float* lanes, global const float* row, int columns, float top) {
  float sum = 0.0f;
  for (int c = LANE; c < columns; c += SPAN) sum = add_elements(sum, lane_weights(row, c, columns, top));
  return sum_lanes(gather_lanes(lanes, sum));
}
