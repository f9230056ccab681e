// lint:
// lint: -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of softmax.cl. A group has ITEM_ROWS rows, each slot one at a time: its items are the row's lanes.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "tail.h"
#include "row.h"
#include "lanes.h"
#include "row_lanes.h"

#define ITEM_ROWS 4
// All items go through as many rows: `columns` is 0 where there is no such row.
#define FOR_ITEM_ROWS             \
  local float lanes[GROUP_ITEMS]; \
  for (int r = 0; r < ITEM_ROWS; r += SLOTS)
#define ROW (get_group_id(0) * ITEM_ROWS + (size_t)(r + SLOT))
#define ROW_COLUMNS (r + SLOT < ITEM_ROWS && ROW < AT(N, rows) ? C : 0)

#if defined(BUILD_ALL) || defined(BUILD_softmax_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void softmax_forward_gpu(
    global float* restrict y,        // [N, rows, C]
    global const float* restrict x,  // [N, rows, C]
    int N, int rows, int C) {
  FOR_ITEM_ROWS {
    const int columns = ROW_COLUMNS;
    const size_t at = columns ? AT(ROW, C) : 0;
    const float top = lanes_top(lanes, x + at, columns);
    // The weights wait in y for their sum; each item reads what it wrote.
    float sum = 0.0f;
    for (int c = LANE; c < columns; c += SPAN) {
      const float16 e = lane_weights(x + at, c, C, top);
      sum = add_elements(sum, e);
      store_strided(e, y + at + c, C - c);
    }
    const float inverse_sum = divide(1.0f, sum_lanes(gather_lanes(lanes, sum)));
    for (int c = LANE; c < columns; c += SPAN)
      store_strided(load_strided(y + at + c, C - c) * inverse_sum, y + at + c, C - c);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_softmax_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void softmax_backward_gpu(
    global float* restrict dx,        // [N, rows, C]
    global const float* restrict dy,  // [N, rows, C]
    global const float* restrict y,   // [N, rows, C]
    int N, int rows, int C GRADIENT_PARAMETERS) {
  FOR_ITEM_ROWS {
    const int columns = ROW_COLUMNS;
    const size_t first = columns ? AT(ROW, C) : 0;
    float lane = 0.0f;
    for (int c = LANE; c < PADDED(columns); c += COLUMNS)
      lane = fma(element(dy + first, c, columns), element(y + first, c, columns), lane);
    const float sum = sum_lanes(gather_lanes(lanes, lane));
    for (int c = LANE; c < columns; c += SPAN) {
      const size_t at = first + (size_t)c;
      float16 v = load_strided(y + at, C - c) * (load_strided(dy + at, C - c) - sum);
      GRADIENT(v, at, C - c)
      store_strided(v, dx + at, C - c);
    }
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_log_softmax_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void log_softmax_forward_gpu(
    global float* restrict y,        // [N, rows, C]
    global const float* restrict x,  // [N, rows, C]
    int N, int rows, int C) {
  FOR_ITEM_ROWS {
    const int columns = ROW_COLUMNS;
    const size_t at = columns ? AT(ROW, C) : 0;
    const float top = lanes_top(lanes, x + at, columns);
    const float log_sum = logarithm(lanes_sum_of_weights(lanes, x + at, columns, top));
    for (int c = LANE; c < columns; c += SPAN)
      store_strided((load_strided(x + at + c, C - c) - top) - log_sum, y + at + c, C - c);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_log_softmax_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void log_softmax_backward_gpu(
    global float* restrict dx,        // [N, rows, C]
    global const float* restrict dy,  // [N, rows, C]
    global const float* restrict y,   // [N, rows, C]
    int N, int rows, int C GRADIENT_PARAMETERS) {
  FOR_ITEM_ROWS {
    const int columns = ROW_COLUMNS;
    const size_t first = columns ? AT(ROW, C) : 0;
    float lane = 0.0f;
    for (int c = LANE; c < PADDED(columns); c += COLUMNS) lane += element(dy + first, c, columns);
    const float16 sum = (float16)(sum_lanes(gather_lanes(lanes, lane)));
    for (int c = LANE; c < columns; c += SPAN) {
      const size_t at = first + (size_t)c;
      float16 v = fma(-exponential(load_strided(y + at, C - c)), sum, load_strided(dy + at, C - c));
      GRADIENT(v, at, C - c)
      store_strided(v, dx + at, C - c);
    }
  }
}
#endif
