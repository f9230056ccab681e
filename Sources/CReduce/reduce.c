// Sums of 64-bit integers, each rounded once to a float.
//
// The loops are plain C, so every instruction set gives the same bits: integer addition is exact, the conversion
// from int64_t rounds once, to the nearest even float, and the product with a power of two is one operation.
// What differs is speed: with one part, on one core of a Zen 4, 16 GB/s as portable code (two integers a
// register), 22 with AVX2, 26 with AVX-512, which converts eight integers in one instruction.

#include "CReduce.h"

#include <string.h>

#define INLINED static inline __attribute__((always_inline))

// Parts that are read at once. With eight, one core of a Zen 4 reads 25 GB/s; as four and four, through sums in
// its cache, 18 to 21.
enum { FEW = 8 };

// Integers that stay in a core's cache while more parts are added to them.
enum { BLOCK = 4096 };

// Calls a loop with the number of parts as a constant.
#define WITH_CONSTANT(COUNT, CALL)                                                               \
  switch (COUNT) {                                                                               \
    case 1: CALL(1); break;                                                                      \
    case 2: CALL(2); break;                                                                      \
    case 3: CALL(3); break;                                                                      \
    case 4: CALL(4); break;                                                                      \
    case 5: CALL(5); break;                                                                      \
    case 6: CALL(6); break;                                                                      \
    case 7: CALL(7); break;                                                                      \
    default: CALL(8); break;                                                                     \
  }

INLINED int32_t magnitude_bits(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits & INT32_MAX;
}

// Adds up to FEW parts at element i; `part_count` is a constant where this is inlined.
INLINED uint64_t sum(const int64_t *const parts[FEW], size_t part_count, size_t i) {
  uint64_t sum = (uint64_t)parts[0][i];
  if (part_count > 1) sum += (uint64_t)parts[1][i];
  if (part_count > 2) sum += (uint64_t)parts[2][i];
  if (part_count > 3) sum += (uint64_t)parts[3][i];
  if (part_count > 4) sum += (uint64_t)parts[4][i];
  if (part_count > 5) sum += (uint64_t)parts[5][i];
  if (part_count > 6) sum += (uint64_t)parts[6][i];
  if (part_count > 7) sum += (uint64_t)parts[7][i];
  return sum;
}

// Rounds the sums of up to FEW parts; returns the bits of the largest magnitude.
INLINED int32_t round_few(const int64_t *const parts[FEW], size_t part_count, size_t count,
                          float inverse, float *restrict gradient) {
  // Floats that are not negative are ordered as their bits are, and integers have a maximum that vectorizes.
  int32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    float rounded = (float)(int64_t)sum(parts, part_count, i) * inverse;
    gradient[i] = rounded;
    int32_t magnitude = magnitude_bits(rounded);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

INLINED void add_few(const int64_t *const parts[FEW], size_t part_count, size_t count,
                     int64_t *restrict sums) {
  for (size_t i = 0; i < count; i++)
    sums[i] = (int64_t)((uint64_t)sums[i] + sum(parts, part_count, i));
}

// Up to FEW pointers, moved to `first`; a part that is not there is never read.
INLINED void point(const int64_t *const *parts, size_t part_count, size_t first,
                   const int64_t *few[FEW]) {
  for (size_t k = 0; k < FEW; k++) few[k] = parts[k < part_count ? k : 0] + first;
}

INLINED int32_t round_many(const int64_t *const *parts, size_t part_count, size_t first,
                           size_t count, float inverse, float *restrict gradient) {
  int64_t sums[BLOCK];
  const int64_t *few[FEW];
  memset(sums, 0, count * sizeof sums[0]);
  for (size_t k = 0; k < part_count; k += FEW) {
    size_t left = part_count - k;
    point(parts + k, left, first, few);
#define ADD(COUNT) add_few(few, COUNT, count, sums)
    WITH_CONSTANT(left, ADD)
#undef ADD
  }
  few[0] = sums;
  return round_few(few, 1, count, inverse, gradient + first);
}

INLINED float reduce(const int64_t *const *parts, size_t part_count, size_t first, size_t count,
                     float inverse, float *gradient) {
  const int64_t *few[FEW];
  int32_t largest = 0;
  if (part_count <= FEW) {
    point(parts, part_count, first, few);
    float *to = gradient + first;
#define ROUND(COUNT) largest = round_few(few, COUNT, count, inverse, to)
    WITH_CONSTANT(part_count, ROUND)
#undef ROUND
  } else {
    for (size_t done = 0; done < count; done += BLOCK) {
      size_t block = count - done < BLOCK ? count - done : BLOCK;
      int32_t found = round_many(parts, part_count, first + done, block, inverse, gradient);
      largest = found > largest ? found : largest;
    }
  }
  float magnitude;
  memcpy(&magnitude, &largest, sizeof magnitude);
  return magnitude;
}

#define VARIANT(NAME, INSTRUCTIONS)                                                              \
  INSTRUCTIONS static float NAME(const int64_t *const *parts, size_t part_count, size_t first,   \
                                 size_t count, float inverse, float *gradient) {                 \
    return reduce(parts, part_count, first, count, inverse, gradient);                           \
  }

VARIANT(reduce_portable, )

#if defined(__x86_64__)
VARIANT(reduce_avx2, __attribute__((target("avx2"))))
VARIANT(reduce_avx512, __attribute__((target("avx2,avx512f,avx512dq,avx512vl"))))

int chorus_reduce_fastest(void) {
  if (!__builtin_cpu_supports("avx2")) return CHORUS_REDUCE_PORTABLE;
  _Bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl");
  return has_avx512 ? CHORUS_REDUCE_AVX512 : CHORUS_REDUCE_AVX2;
}
#else
int chorus_reduce_fastest(void) { return CHORUS_REDUCE_PORTABLE; }
#endif

float chorus_reduce(int instructions, const int64_t *const *parts, size_t part_count, size_t first,
                    size_t count, float inverse, float *gradient) {
#if defined(__x86_64__)
  switch (instructions) {
    case CHORUS_REDUCE_AVX512:
      return reduce_avx512(parts, part_count, first, count, inverse, gradient);
    case CHORUS_REDUCE_AVX2:
      return reduce_avx2(parts, part_count, first, count, inverse, gradient);
  }
#endif
  (void)instructions;
  return reduce_portable(parts, part_count, first, count, inverse, gradient);
}
