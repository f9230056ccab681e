#pragma once
// Vectors whose elements lie STRIDE apart: so neighbours in a work-group read and write neighbours in memory, and an
// item still computes 16 elements at a time. `count` is as for load_columns: elements from p to the end of the array.

#define ITEM ((int)get_local_id(0))

#define LANE_AT(p, lane, count) ((lane)*STRIDE < (count) ? (p)[(lane)*STRIDE] : 0.0f)

static inline float16 load_strided(global const float* p, int count) {
  return (float16)(
      LANE_AT(p, 0, count), LANE_AT(p, 1, count), LANE_AT(p, 2, count), LANE_AT(p, 3, count),
      LANE_AT(p, 4, count), LANE_AT(p, 5, count), LANE_AT(p, 6, count), LANE_AT(p, 7, count),
      LANE_AT(p, 8, count), LANE_AT(p, 9, count), LANE_AT(p, 10, count), LANE_AT(p, 11, count),
      LANE_AT(p, 12, count), LANE_AT(p, 13, count), LANE_AT(p, 14, count), LANE_AT(p, 15, count));
}

#define STORE_LANE(v, p, lane, count) \
  if ((lane)*STRIDE < (count)) (p)[(lane)*STRIDE] = (v);

static inline void store_strided(float16 v, global float* p, int count) {
  STORE_LANE(v.s0, p, 0, count)
  STORE_LANE(v.s1, p, 1, count)
  STORE_LANE(v.s2, p, 2, count)
  STORE_LANE(v.s3, p, 3, count)
  STORE_LANE(v.s4, p, 4, count)
  STORE_LANE(v.s5, p, 5, count)
  STORE_LANE(v.s6, p, 6, count)
  STORE_LANE(v.s7, p, 7, count)
  STORE_LANE(v.s8, p, 8, count)
  STORE_LANE(v.s9, p, 9, count)
  STORE_LANE(v.sa, p, 10, count)
  STORE_LANE(v.sb, p, 11, count)
  STORE_LANE(v.sc, p, 12, count)
  STORE_LANE(v.sd, p, 13, count)
  STORE_LANE(v.se, p, 14, count)
  STORE_LANE(v.sf, p, 15, count)
}

// How far the elements of a vector lie behind its first one.
#define OFFSETS ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) * STRIDE)

// v in the elements that exist, `other` in those behind the end.
static inline float16 only_strided(float16 v, float other, int count) {
  return select((float16)(other), v, OFFSETS < (int16)(count));
}
