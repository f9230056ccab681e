// zlib's interface, and a function for the macro that Swift does not import.

#pragma once

#include <zlib.h>

/// Prepares `stream` to read one gzip member, of any window size.
static inline int chorus_inflate_init_gzip(z_stream *stream) {
  return inflateInit2(stream, MAX_WBITS + 16);
}
