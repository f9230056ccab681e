#pragma once
// Activations by number, for build options; the numbers are those of Activation.swift.
//
// `made` is what the gradient is computed from: the activation's output for ReLU, leaky ReLU, sigmoid and tanh (for the
// ReLUs also its input), its derivative for the others.
//
// Errors (benchmarks/ulp.py): GELU 6.3 units in the last place for |x| <= 13, both signs, where 0.5 x (1 + erf) would lose
// its digits far below 0. GELU with tanh is within 1e-7 max(1, |x|), but relative to itself 214 units off near
// x = -10, as errors of its argument grow with it. Where the factor of x is denormal (GELU below -13, SiLU below
// -87) fewer digits are left: at most 15 and 52 units.
// Gradients are at most 4e-7 off with |dy| of about 1.

#include "elementary.h"

#define ACTIVATION_RELU 1
#define ACTIVATION_LEAKY_RELU 2
#define ACTIVATION_GELU 3
#define ACTIVATION_GELU_TANH 4
#define ACTIVATION_SILU 5
#define ACTIVATION_SIGMOID 6
#define ACTIVATION_TANH 7
#define ACTIVATION_SOFTPLUS 8

// The slope of leaky ReLU below zero, as the bits of a float: build options are integers. Above zero, as the
// gradient reads the sign of x from the output.
#ifndef LEAKY_SLOPE
#define LEAKY_SLOPE 0x3c23d70a
#endif

// GELU with tanh, 0.5 x (1 + tanh(u / 2)), is x sigmoid(u), u = GELU_LINEAR x + GELU_CUBIC x^3.
#define GELU_LINEAR 0x1.988454p+0f
#define GELU_CUBIC 0x1.2444f2p-4f

// The normal distribution function at x; *density is its derivative.
static inline float16 normal(float16 x, float16* density) {
  const float16 tail = normal_tail(x, density);
  return select(tail, 1.0f - tail, x > 0.0f);
}

static inline float16 gelu_sigmoid(float16 x) {
  return sigmoid(x * fma(x * x, (float16)(GELU_CUBIC), (float16)(GELU_LINEAR)));
}

static inline float16 activate(int kind, float16 x) {
  if (kind == ACTIVATION_RELU) return select(x, (float16)(0.0f), x <= 0.0f);
  if (kind == ACTIVATION_LEAKY_RELU) return select(x * as_float(LEAKY_SLOPE), x, x > 0.0f);
  if (kind == ACTIVATION_GELU) {
    float16 density;
    return x * normal(x, &density);
  }
  if (kind == ACTIVATION_GELU_TANH) return x * gelu_sigmoid(x);
  if (kind == ACTIVATION_SILU) return x * sigmoid(x);
  if (kind == ACTIVATION_SIGMOID) return sigmoid(x);
  if (kind == ACTIVATION_TANH) return hyperbolic_tangent(x);
  if (kind == ACTIVATION_SOFTPLUS) return softplus(x);
  return x;
}

// Whether the gradient is computed from the derivative at x, which forward keeps beside its output: then it costs no
// more than a product.
#define KEEPS_DERIVATIVE(kind)                                                                    \
  ((kind) == ACTIVATION_GELU || (kind) == ACTIVATION_GELU_TANH || (kind) == ACTIVATION_SILU ||    \
   (kind) == ACTIVATION_SOFTPLUS)

// activate(kind, x) and, in *kept, what its gradient is computed from: the derivative at x, or x itself.
static inline float16 activate_keeping(int kind, float16 x, float16* kept) {
  if (kind == ACTIVATION_GELU) {
    float16 density;
    const float16 below = normal(x, &density);
    *kept = fma(x, density, below);
    return x * below;
  }
  if (kind == ACTIVATION_GELU_TANH) {
    // s + x s (1 - s) u'; beyond 16, where s (1 - s) is 0, x^3 must not become infinite.
    const float16 bounded = select(clamp(x, -16.0f, 16.0f), x, x != x);
    const float16 s = gelu_sigmoid(bounded);
    const float16 slope = fma(bounded * bounded, (float16)(3.0f * GELU_CUBIC), (float16)(GELU_LINEAR));
    *kept = fma(bounded * slope, s * gelu_sigmoid(-bounded), s);
    return x * gelu_sigmoid(x);
  }
  if (kind == ACTIVATION_SILU) {
    const float16 s = sigmoid(x);
    *kept = s * fma(x, sigmoid(-x), (float16)(1.0f));
    return x * s;
  }
  *kept = kind == ACTIVATION_SOFTPLUS ? sigmoid(x) : x;
  return activate(kind, x);
}

static inline float16 activation_gradient(int kind, float16 dy, float16 made) {
  if (KEEPS_DERIVATIVE(kind)) return dy * made;
  if (kind == ACTIVATION_RELU) return select((float16)(0.0f), dy, made > 0.0f);
  if (kind == ACTIVATION_LEAKY_RELU) return select(dy * as_float(LEAKY_SLOPE), dy, made > 0.0f);
  if (kind == ACTIVATION_SIGMOID) return dy * (made * (1.0f - made));
  if (kind == ACTIVATION_TANH) return dy * fma(-made, made, (float16)(1.0f));
  return dy;
}
