// lint: -DBUILD_ALL
// The GPU variants of optimizer.cl. A work-group shares BLOCK elements, of which an item takes vectors whose
// elements lie a group apart.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 256
#endif
#define STRIDE GROUP_ITEMS
#include "strided.h"
#include "optimizer.h"

#define BLOCK 4096

#define FOR_BLOCK(first, count)                                                                    \
  const int begin = (first) + (int)get_group_id(0) * BLOCK;                                        \
  const int end = min(begin + BLOCK, (first) + (count));                                           \
  for (int i = begin + ITEM; i < end; i += COLUMNS * STRIDE)

#define LOAD(p) load_strided((p) + i, end - i)
#define STORE(v, p) store_strided(v, (p) + i, end - i)

#if defined(BUILD_ALL) || defined(BUILD_sgd_update_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void sgd_update_gpu(
    global float* restrict weights,         // [first + count or more]
    global float* restrict velocities,      // same
    global const float* restrict gradients, // same
    int first, int count, float rate, float momentum, float decay, float factor, int nesterov) {
  FOR_BLOCK(first, count) {
    float16 w = LOAD(weights);
    float16 v = LOAD(velocities);
    sgd(&w, &v, LOAD(gradients), rate, momentum, decay, factor, nesterov);
    STORE(v, velocities);
    STORE(w, weights);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_adam_update_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void adam_update_gpu(
    global float* restrict weights,         // [first + count or more]
    global float* restrict moments1,        // same
    global float* restrict moments2,        // same
    global const float* restrict gradients, // same
    int first, int count, float rate, float share1, float share2, float epsilon, float decay,
    float correction1, float correction2, float factor, int decoupled) {
  FOR_BLOCK(first, count) {
    float16 w = LOAD(weights);
    float16 m = LOAD(moments1);
    float16 v = LOAD(moments2);
    adam(
        &w, &m, &v, LOAD(gradients), rate, share1, share2, epsilon, decay, correction1, correction2, factor,
        decoupled);
    STORE(m, moments1);
    STORE(v, moments2);
    STORE(w, weights);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_lion_update_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void lion_update_gpu(
    global float* restrict weights,         // [first + count or more]
    global float* restrict moments,         // same
    global const float* restrict gradients, // same
    int first, int count, float rate, float share1, float share2, float decay, float factor) {
  FOR_BLOCK(first, count) {
    float16 w = LOAD(weights);
    float16 m = LOAD(moments);
    lion(&w, &m, LOAD(gradients), rate, share1, share2, decay, factor);
    STORE(m, moments);
    STORE(w, weights);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_statistic_update_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void statistic_update_gpu(
    global float* restrict weights,         // [first + count or more]
    global const float* restrict gradients, // same
    int first, int count, float keep, float share) {
  FOR_BLOCK(first, count) {
    STORE(fma((float16)(keep), LOAD(weights), LOAD(gradients) * share), weights);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_average_update_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void average_update_gpu(
    global float* restrict averages,      // [first + count or more]
    global const float* restrict weights, // same
    int first, int count, float share) {
  FOR_BLOCK(first, count) {
    STORE(moved(LOAD(averages), LOAD(weights), share), averages);
  }
}
#endif
