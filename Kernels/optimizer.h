#pragma once
// The arithmetic of optimizer.cl, for 16 elements at a time wherever they lie.

#include "roots.h"

// m + share * (x - m).
static inline float16 moved(float16 m, float16 x, float share) {
  return fma((float16)(share), x - m, m);
}

static inline void sgd(
    float16* w, float16* velocity, float16 gradient, float rate, float momentum, float decay, float factor,
    int nesterov) {
  const float16 g = fma((float16)(decay), *w, gradient * factor);
  const float16 v = fma((float16)(momentum), *velocity, g);
  const float16 step = nesterov ? fma((float16)(momentum), v, g) : v;
  *velocity = v;
  *w = fma((float16)(-rate), step, *w);
}

static inline void adam(
    float16* w, float16* m, float16* v, float16 gradient, float rate, float share1, float share2, float epsilon,
    float decay, float correction1, float correction2, float factor, int decoupled) {
  const float step = rate * correction1;
  const float shrinking = decoupled ? rate * decay : 0.0f;
  const float pull = decoupled ? 0.0f : decay;
  const float16 g = fma((float16)(pull), *w, gradient * factor);
  *m = moved(*m, g, share1);
  *v = moved(*v, g * g, share2);
  const float16 denominator = fma(square_root16(*v), (float16)(correction2), (float16)(epsilon));
  const float16 shrunk = fma((float16)(-shrinking), *w, *w);
  *w = fma((float16)(-step), divide16(*m, denominator), shrunk);
}

static inline void lion(
    float16* w, float16* m, float16 gradient, float rate, float share1, float share2, float decay, float factor) {
  const float shrinking = rate * decay;
  const float16 g = gradient * factor;
  const float16 direction = moved(*m, g, share1);
  const float16 u = select(direction, copysign((float16)(1.0f), direction), fabs(direction) > 0.0f);
  *m = moved(*m, g, share2);
  *w = fma((float16)(-rate), u, fma((float16)(-shrinking), *w, *w));
}
