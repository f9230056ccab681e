#pragma once
// Philox 4x32-10 on 16 counters at once (Salmon et al., SC 2011), as in Philox.swift.

// Word 0 of the blocks of counters {elements, keys, stream, step}; run is {seed low, seed high, step}.
static inline uint16 philox_blocks(uint16 elements, uint16 keys, uint stream, global const uint* run) {
  uint16 a = elements;
  uint16 b = keys;
  uint16 c = (uint16)(stream);
  uint16 d = (uint16)(run[2]);
  uint k0 = run[0];
  uint k1 = run[1];
  for (int round = 0; round < 10; ++round) {
    const uint16 first_high = mul_hi((uint16)(0xD2511F53u), a);
    const uint16 second_high = mul_hi((uint16)(0xCD9E8D57u), c);
    const uint16 second_low = c * 0xCD9E8D57u;
    const uint16 first_low = a * 0xD2511F53u;
    a = second_high ^ b ^ k0;
    b = second_low;
    c = first_high ^ d ^ k1;
    d = first_low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return a;
}

// The same for 16 elements of one key, one after another.
static inline uint16 philox_words(uint element, uint key, uint stream, global const uint* run) {
  return philox_blocks(
      (uint16)(element) + (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), (uint16)(key),
      stream, run);
}
