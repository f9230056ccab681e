// lint: -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DTAIL_LAST=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=3
// lint: -DTAIL_LAST=5
// What tail.h does, on its own: activations, dropout and sums that no other kernel could take in.
// N examples of `count` elements. One work-item per BLOCK of the N * count elements.

#include "tail.h"

#define BLOCK 1024

// FOR_BLOCK runs its body for vectors of `width` elements at offset `at`. Random words are drawn by example, so
// with dropout a vector ends where its example does; without, the examples are one long row.
#if TAIL_DROPOUT
#define WIDTH(at, end) (int)min(min((end) - (at), (size_t)count - (at) % (size_t)count), (size_t)COLUMNS)
#else
#define WIDTH(at, end) (int)min((end) - (at), (size_t)COLUMNS)
#endif
#define FOR_BLOCK                                                                  \
  const size_t end = min(((size_t)get_global_id(0) + 1) * BLOCK, AT(N, count));    \
  size_t at = (size_t)get_global_id(0) * BLOCK;                                    \
  for (int width = 0; at < end && (width = WIDTH(at, end)) > 0; at += (size_t)width)

// y[n, i] = TAIL(x[n, i]).
#if defined(BUILD_ALL) || defined(BUILD_elementwise_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void elementwise_forward(
    global float* restrict y,        // [N, count]
    global const float* restrict x,  // [N, count]
    int N, int count TAIL_PARAMETERS) {
  FOR_BLOCK {
    float16 v = load_columns(x + at, width);
    TAIL(v, at, width)
    store_columns(v, y + at, width);
  }
}
#endif

// dx[n, i] = GRADIENT(dy[n, i], back through dropout): the same words as forward drop the same elements.
#if defined(BUILD_ALL) || defined(BUILD_elementwise_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void elementwise_backward(
    global float* restrict dx,        // [N, count]
    global const float* restrict dy,  // [N, count]
    int N, int count DROPOUT_PARAMETERS GRADIENT_PARAMETERS) {
  FOR_BLOCK {
    float16 v = load_columns(dy + at, width);
    v = DROP(v, at, width);
    GRADIENT(v, at, width)
    store_columns(v, dx + at, width);
  }
}
#endif

// y[n, i] = a[n, i] + b[n, i].
#if defined(BUILD_ALL) || defined(BUILD_elementwise_add)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void elementwise_add(
    global float* restrict y,        // [N, count]
    global const float* restrict a,  // [N, count]
    global const float* restrict b,  // [N, count]
    int N, int count) {
  FOR_BLOCK store_columns(load_columns(a + at, width) + load_columns(b + at, width), y + at, width);
}
#endif
