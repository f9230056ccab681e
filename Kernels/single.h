#pragma once
// One value at a time, by neighbours in memory: in GPU variants of kernels that compute little. What tail.h does to a vector
// is done to its first lane; compilers drop the lanes that nobody reads.

#define STRIDE 1
#include "strided.h"
#include "tail.h"

// value, a float variable that belongs at offset `at`, becomes what is written there.
#define TAIL_ONE(value, at)                      \
  {                                              \
    float16 single = (float16)(value);           \
    TAIL(single, at, 1)                          \
    value = single.s0;                           \
  }
#define GRADIENT_ONE(value, at)                  \
  {                                              \
    float16 single = (float16)(value);           \
    GRADIENT(single, at, 1)                      \
    value = single.s0;                           \
  }
