// The four loops of STREAM (McCalpin, 1995), which measure what memory gives.

#include "CReduce.h"

void chorus_stream_copy(const double *from, double *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

void chorus_stream_scale(const double *from, double factor, double *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = factor * from[i];
}

void chorus_stream_add(const double *a, const double *b, double *to, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = a[i] + b[i];
}

void chorus_stream_triad(const double *a, const double *b, double factor, double *to,
                         size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = a[i] + factor * b[i];
}
