#pragma once
// What a kernel does to a value in registers before it writes it, by build options; parameters that an option
// does not use are not there.
//
// Forward, TAIL: activation TAIL_FIRST, dropout if TAIL_DROPOUT, a residual added if TAIL_ADDS, activation
// TAIL_LAST. TAIL_SAVES also writes to `saved` what the gradient of TAIL_FIRST (or, where that is 0, of TAIL_LAST) is
// computed from: its derivative, or the value that goes into it (activate_keeping).
//
// Backward, GRADIENT: the gradient from another consumer is added if GRADIENT_ADDS; then the gradient goes back
// through activation GRADIENT_ACTIVATION, by its output or by what was saved: `made`.
//
// All operands have the layout of the array that the kernel writes. With dropout, the `count` values from `at` on
// must belong to one example. A kernel that includes strided.h before has vectors whose values lie STRIDE apart, each of
// an example of its own.

#include "activation.h"
#include "philox.h"

#ifdef STRIDE
#define LOAD_VALUES(p, count) load_strided(p, count)
#define STORE_VALUES(v, p, count) store_strided(v, p, count)
#else
#define LOAD_VALUES(p, count) load_columns(p, count)
#define STORE_VALUES(v, p, count) store_columns(v, p, count)
#endif

#ifndef TAIL_FIRST
#define TAIL_FIRST 0
#endif
#ifndef TAIL_LAST
#define TAIL_LAST 0
#endif
#ifndef TAIL_SAVES
#define TAIL_SAVES 0
#endif
#ifndef TAIL_DROPOUT
#define TAIL_DROPOUT 0
#endif
#ifndef TAIL_ADDS
#define TAIL_ADDS 0
#endif
#ifndef GRADIENT_ADDS
#define GRADIENT_ADDS 0
#endif
#ifndef GRADIENT_ACTIVATION
#define GRADIENT_ACTIVATION 0
#endif

#if TAIL_SAVES
#define SAVED_PARAMETER , global float* restrict saved
#define ACTIVATE_SAVING(kind, v, at, count)            \
  {                                                    \
    float16 kept;                                      \
    v = activate_keeping(kind, v, &kept);              \
    STORE_VALUES(kept, saved + (at), count);           \
  }
#else
#define SAVED_PARAMETER
#define ACTIVATE_SAVING(kind, v, at, count) v = activate(kind, v);
#endif

#if TAIL_DROPOUT
// keys [N] is the index of each example in its data set; run is {seed low, seed high, step}; stream names the
// operation; elements per example; a value is dropped where its random word is below threshold; kept values
// are multiplied by `kept`, the float nearest 1 / (1 - probability).
#define DROPOUT_PARAMETERS                                                                              \
  , global const uint *restrict keys, global const uint *restrict run, uint stream, uint elements,      \
      uint threshold, float kept
#ifdef STRIDE
#define DROP(v, at, count)                                                                              \
  dropout(v, keys + (at) / elements, (uint)((at) % elements), count, elements, run, stream, threshold, kept)
static inline float16 dropout(
    float16 v, global const uint* keys, uint first, int count, uint elements, global const uint* run,
    uint stream, uint threshold, float kept) {
  // Behind the end is no key.
  const uint16 offsets = convert_uint16(select((int16)(0), OFFSETS, OFFSETS < (int16)(count))) + first;
  const uint16 n = offsets / elements;
  const uint16 key = (uint16)(
      keys[n.s0], keys[n.s1], keys[n.s2], keys[n.s3], keys[n.s4], keys[n.s5], keys[n.s6], keys[n.s7],
      keys[n.s8], keys[n.s9], keys[n.sa], keys[n.sb], keys[n.sc], keys[n.sd], keys[n.se], keys[n.sf]);
  const uint16 words = philox_blocks(offsets - n * elements, key, stream, run);
  return select(v * kept, (float16)(0.0f), words < (uint16)(threshold));
}
#else
#define DROP(v, at, count)                                                                              \
  dropout(v, keys[(at) / elements], (uint)((at) % elements), run, stream, threshold, kept)
static inline float16 dropout(
    float16 v, uint key, uint element, global const uint* run, uint stream, uint threshold, float kept) {
  const uint16 words = philox_words(element, key, stream, run);
  return select(v * kept, (float16)(0.0f), words < (uint16)(threshold));
}
#endif
#else
#define DROPOUT_PARAMETERS
#define DROP(v, at, count) (v)
#endif

#if TAIL_ADDS
#define RESIDUAL_PARAMETER , global const float* restrict residual
#define ADD_RESIDUAL(v, at, count) ((v) + LOAD_VALUES(residual + (at), count))
#else
#define RESIDUAL_PARAMETER
#define ADD_RESIDUAL(v, at, count) (v)
#endif

// In this order, at the end of a kernel's parameters; each begins with its comma.
#define TAIL_PARAMETERS SAVED_PARAMETER DROPOUT_PARAMETERS RESIDUAL_PARAMETER

// v, a float16 variable that belongs at offset `at` (its first `count` elements), becomes what is written there.
#define TAIL(v, at, count)                          \
  {                                                 \
    if (TAIL_FIRST) ACTIVATE_SAVING(TAIL_FIRST, v, at, count)  \
    v = DROP(v, at, count);                         \
    v = ADD_RESIDUAL(v, at, count);                 \
    if (TAIL_LAST && TAIL_FIRST) v = activate(TAIL_LAST, v);   \
    if (TAIL_LAST && !TAIL_FIRST) ACTIVATE_SAVING(TAIL_LAST, v, at, count)  \
  }

#if GRADIENT_ADDS
#define ADDEND_PARAMETER , global const float* restrict addend
#define ADD_ADDEND(v, at, count) ((v) + LOAD_VALUES(addend + (at), count))
#else
#define ADDEND_PARAMETER
#define ADD_ADDEND(v, at, count) (v)
#endif
#if GRADIENT_ACTIVATION
#define MADE_PARAMETER , global const float* restrict made
#define UNACTIVATE(v, at, count) activation_gradient(GRADIENT_ACTIVATION, v, LOAD_VALUES(made + (at), count))
#else
#define MADE_PARAMETER
#define UNACTIVATE(v, at, count) (v)
#endif

#define GRADIENT_PARAMETERS ADDEND_PARAMETER MADE_PARAMETER

#define GRADIENT(v, at, count)                      \
  {                                                 \
    v = ADD_ADDEND(v, at, count);                   \
    v = UNACTIVATE(v, at, count);                   \
  }
