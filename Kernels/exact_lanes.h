#pragma once
// Exact sums of one column by one item: exact.h for single floats. After exact.h and lanes.h.

typedef struct {
  long sum;
  int worst;
} ExactSum;

// Adds the gradient of one grain.
static inline void exact_add(ExactSum* s, float value, float scale) {
  const float a = value * scale;
  const float high = (a + EXACT_SPLIT_HIGH) - EXACT_SPLIT_HIGH;
  const float low = ((a - high) + EXACT_SPLIT_LOW) - EXACT_SPLIT_LOW;
  s->sum += convert_long(high) + convert_long(low);
  s->worst = max(s->worst, as_int(value) & 0x7fffffff);
}

// Writes or adds the sum, and reports a gradient that does not fit.
static inline void exact_end(
    const ExactSum* s, global long* sum, volatile global int* magnitude, int limit, int accumulate) {
  *sum = accumulate ? *sum + s->sum : s->sum;
  if (s->worst >= limit) atomic_max(magnitude, s->worst);
}

// Adds what the slots have summed, from unit `first` of `units` on, in ascending order; `each` units make a grain, the
// last may have fewer. `parts` has one float of each item; *total is that of the grain so far.
GROUP_FUNCTION void join_units(
    ExactSum* s, float* total, local const float* parts, int first, int units, int each, float scale) {
  for (int unit = first; unit < min(first + SLOTS, units); ++unit) {
    *total += parts[(unit - first) * COLUMNS + LANE];
    if ((unit + 1) % each != 0 && unit + 1 != units) continue;
    exact_add(s, *total, scale);
    *total = 0.0f;
  }
}
