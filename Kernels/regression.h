#pragma once
// The losses of single elements, and their gradients: see regression.cl.

#include "elementary.h"

#define SQUARED 1
#define HUBER 2
#define BINARY 3

static inline float16 element_loss(float16 x, float16 t, float delta) {
  if (REGRESSION == BINARY) return fma(-x, t, max(x, 0.0f)) + softplus(-fabs(x));
  const float16 d = x - t;
  if (REGRESSION == SQUARED) return d * d;
  const float16 size = fabs(d);
  return select((size - 0.5f * delta) * delta, 0.5f * d * d, size <= delta);
}

static inline float16 element_gradient(float16 x, float16 t, float delta) {
  if (REGRESSION == BINARY) return sigmoid(x) - t;
  const float16 d = x - t;
  if (REGRESSION == SQUARED) return 2.0f * d;
  const float16 bounded = clamp(d, -delta, delta);
  return select(bounded, d, d != d);
}
