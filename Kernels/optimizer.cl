// lint: -DBUILD_ALL
// What a step does to the parameters: optimizers, running statistics, and the moving average of the weights.
//
// Every kernel works on elements first ..< first + count of a bucket's arrays; one work-item per BLOCK of them.
// gradients are sums over the global batch; factor is 1 / examples, times what clipping leaves. A decay of 0 is
// no decay: biases are updated by a launch of their own.
//
// Moving averages are m + share * (x - m), share = 1 - beta: beta and 1 - beta rounded to floats do not add up to
// 1, and with beta = 0.9999 the average of a constant would be off by 3e-4 of it.

#include "optimizer.h"

#define BLOCK 4096

// i runs over the vectors of the work-item's block; live elements of the vector are at [i, end).
#define FOR_BLOCK(first, count)                                                                    \
  const int begin = (first) + (int)get_global_id(0) * BLOCK;                                       \
  const int end = min(begin + BLOCK, (first) + (count));                                           \
  for (int i = begin; i < end; i += COLUMNS)

#define LOAD(p) load_columns((p) + i, end - i)
#define STORE(v, p) store_columns(v, (p) + i, end - i)

// Stochastic gradient descent with momentum, as torch.optim.SGD:
// g = factor * gradient + decay * w; v = momentum * v + g; w -= rate * (nesterov ? g + momentum * v : v).
#if defined(BUILD_ALL) || defined(BUILD_sgd_update)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void sgd_update(
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

// Adam (Kingma and Ba, 2015) and, if decoupled, AdamW (Loshchilov and Hutter, 2019), as torch.optim has them:
// g = factor * gradient; decoupled ? w -= rate * decay * w : g += decay * w; m and v move to g and g^2;
// w -= rate * correction1 * m / (sqrt(v) * correction2 + epsilon).
// share1 = 1 - beta1, share2 = 1 - beta2; in step t = 1, 2, ... correction1 = 1 / (1 - beta1^t) and
// correction2 = 1 / sqrt(1 - beta2^t).
#if defined(BUILD_ALL) || defined(BUILD_adam_update)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void adam_update(
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

// Lion (Chen et al., "Symbolic discovery of optimization algorithms", 2023):
// u = sign of (m moved to g by share1); w -= rate * decay * w + rate * u; m moves to g by share2.
// share1 = 1 - beta1, share2 = 1 - beta2. The sign of 0 is 0, of NaN it is NaN.
#if defined(BUILD_ALL) || defined(BUILD_lion_update)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void lion_update(
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

// Running statistics of batch normalisation: w = keep * w + share * gradient, where the "gradient" is the sum of
// every grain's statistic, and share = (1 - keep) / grains.
#if defined(BUILD_ALL) || defined(BUILD_statistic_update)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void statistic_update(
    global float* restrict weights,         // [first + count or more]
    global const float* restrict gradients, // same
    int first, int count, float keep, float share) {
  FOR_BLOCK(first, count) {
    STORE(fma((float16)(keep), LOAD(weights), LOAD(gradients) * share), weights);
  }
}
#endif

// Exponential moving average of the weights: a moves to w by share = 1 - decay.
#if defined(BUILD_ALL) || defined(BUILD_average_update)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void average_update(
    global float* restrict averages,      // [first + count or more]
    global const float* restrict weights, // same
    int first, int count, float share) {
  FOR_BLOCK(first, count) {
    STORE(moved(LOAD(averages), LOAD(weights), share), averages);
  }
}
#endif
