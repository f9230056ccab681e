// The loops of the host reducer and of the benchmark that it is measured against.
//
// They are C so that one source is compiled for several instruction sets, from which a running program chooses.

#ifndef CHORUS_CREDUCE_H
#define CHORUS_CREDUCE_H

#include <stddef.h>
#include <stdint.h>

// Instruction sets, slowest first. All give the same bits.
enum {
  CHORUS_REDUCE_PORTABLE = 0,
  CHORUS_REDUCE_AVX2 = 1,
  CHORUS_REDUCE_AVX512 = 2,
};

// The fastest instruction set that this processor has; the slower ones it has too.
int chorus_reduce_fastest(void);

// gradient[i] = (float)(sum over k of parts[k][i]) * inverse, for first <= i < first + count.
// Sums wrap around. `inverse` is not negative. `part_count` is at least 1.
// Returns the largest |gradient[i]|, 0 if there is none.
float chorus_reduce(int instructions, const int64_t *const *parts, size_t part_count, size_t first,
                    size_t count, float inverse, float *gradient);

// McCalpin's STREAM: to[i] = from[i]; to[i] = factor * from[i]; to[i] = a[i] + b[i];
// to[i] = a[i] + factor * b[i]. The arrays do not overlap.
void chorus_stream_copy(const double *from, double *to, size_t count);
void chorus_stream_scale(const double *from, double factor, double *to, size_t count);
void chorus_stream_add(const double *a, const double *b, double *to, size_t count);
void chorus_stream_triad(const double *a, const double *b, double factor, double *to, size_t count);

#endif
