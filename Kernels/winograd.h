#pragma once
// Winograd's minimal filtering F(2 x 2, 3 x 3): a tile of 2 x 2 outputs of a 3 x 3 convolution from 4 x 4 inputs with
// 16 products in the place of 36 (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016).
//
//   y = A' [(G g G') * (B' d B)] A        B' = 1  0 -1  0    G =  1    0   0     A' = 1  1  1  0
//                                              0  1  1  0         1/2  1/2 1/2        0  1 -1 -1
//                                              0 -1  1  0         1/2 -1/2 1/2
//                                              0  1  0 -1         0    0   1
//
// The products of one of the 16 places, over all tiles and channels, are a matrix product. Tiles are counted over
// examples, lines of tiles and columns: tile (n, i, j) has the outputs from (2 i, 2 j) on and reads the inputs from
// (2 i - padding_h, 2 j - padding_w) on; what lies outside of an image is zero.
//
// The order of every sum here is part of the numeric contract: transforms as they are written below, lines first;
// channels (or, for the gradient of the filters, tiles of a grain) ascending with one accumulator per element, in
// chunks of WINOGRAD_CHUNK, whose sums are added in ascending order.

#include "tile.h"

#define PLACES 16
#define WINOGRAD_CHUNK 64
#define CHUNK_VECTORS (WINOGRAD_CHUNK / COLUMNS)

// v[4 i + j] = (B' d B)[i, j], in place.
static inline void transform_inputs(float16 d[PLACES]) {
  _Pragma("unroll") for (int j = 0; j < 4; ++j) {
    const float16 a = d[j] - d[8 + j];
    const float16 b = d[4 + j] + d[8 + j];
    const float16 c = d[8 + j] - d[4 + j];
    const float16 e = d[4 + j] - d[12 + j];
    d[j] = a;
    d[4 + j] = b;
    d[8 + j] = c;
    d[12 + j] = e;
  }
  _Pragma("unroll") for (int i = 0; i < PLACES; i += 4) {
    const float16 a = d[i] - d[i + 2];
    const float16 b = d[i + 1] + d[i + 2];
    const float16 c = d[i + 2] - d[i + 1];
    const float16 e = d[i + 1] - d[i + 3];
    d[i] = a;
    d[i + 1] = b;
    d[i + 2] = c;
    d[i + 3] = e;
  }
}

// u[4 i + j] = (G g G')[i, j] for the taps g[3 i + j].
static inline void transform_filters(float16 u[PLACES], const float16 g[9]) {
  float16 lines[12];
  _Pragma("unroll") for (int j = 0; j < 3; ++j) {
    const float16 ends = g[j] + g[6 + j];
    lines[j] = g[j];
    lines[3 + j] = 0.5f * (ends + g[3 + j]);
    lines[6 + j] = 0.5f * (ends - g[3 + j]);
    lines[9 + j] = g[6 + j];
  }
  _Pragma("unroll") for (int i = 0; i < 4; ++i) {
    const float16 ends = lines[3 * i] + lines[3 * i + 2];
    u[4 * i] = lines[3 * i];
    u[4 * i + 1] = 0.5f * (ends + lines[3 * i + 1]);
    u[4 * i + 2] = 0.5f * (ends - lines[3 * i + 1]);
    u[4 * i + 3] = lines[3 * i + 2];
  }
}

// y[2 i + j] = (A' m A)[i, j].
static inline void transform_outputs(float16 y[4], const float16 m[PLACES]) {
  float16 lines[8];
  _Pragma("unroll") for (int j = 0; j < 4; ++j) {
    lines[j] = (m[j] + m[4 + j]) + m[8 + j];
    lines[4 + j] = (m[4 + j] - m[8 + j]) - m[12 + j];
  }
  _Pragma("unroll") for (int i = 0; i < 2; ++i) {
    y[2 * i] = (lines[4 * i] + lines[4 * i + 1]) + lines[4 * i + 2];
    y[2 * i + 1] = (lines[4 * i + 1] - lines[4 * i + 2]) - lines[4 * i + 3];
  }
}

// m[4 i + j] = (A dy A')[i, j]: the gradient of the products, from that of the outputs.
static inline void transform_gradients(float16 m[PLACES], const float16 dy[4]) {
  float16 lines[8];
  _Pragma("unroll") for (int j = 0; j < 2; ++j) {
    lines[j] = dy[j];
    lines[2 + j] = dy[j] + dy[2 + j];
    lines[4 + j] = dy[j] - dy[2 + j];
    lines[6 + j] = -dy[2 + j];
  }
  _Pragma("unroll") for (int i = 0; i < 4; ++i) {
    m[4 * i] = lines[2 * i];
    m[4 * i + 1] = lines[2 * i] + lines[2 * i + 1];
    m[4 * i + 2] = lines[2 * i] - lines[2 * i + 1];
    m[4 * i + 3] = -lines[2 * i + 1];
  }
}

// dg[3 i + j] = (G' du G)[i, j]: the gradient of the taps, from that of their transform.
static inline void transform_filter_gradients(float16 dg[9], const float16 du[PLACES]) {
  float16 lines[12];
  _Pragma("unroll") for (int j = 0; j < 4; ++j) {
    const float16 half_sum = 0.5f * (du[4 + j] + du[8 + j]);
    lines[j] = du[j] + half_sum;
    lines[4 + j] = 0.5f * (du[4 + j] - du[8 + j]);
    lines[8 + j] = half_sum + du[12 + j];
  }
  _Pragma("unroll") for (int i = 0; i < 3; ++i) {
    const float16 half_sum = 0.5f * (lines[4 * i + 1] + lines[4 * i + 2]);
    dg[3 * i] = lines[4 * i] + half_sum;
    dg[3 * i + 1] = 0.5f * (lines[4 * i + 1] - lines[4 * i + 2]);
    dg[3 * i + 2] = half_sum + lines[4 * i + 3];
  }
}

// The corner of a tile, in tiles.
typedef struct {
  int n, i, j;
} TileCorner;

static inline TileCorner tile_corner(int tile, int lines, int columns) {
  const int line = tile / columns;
  const TileCorner corner = {line / lines, line % lines, tile % columns};
  return corner;
}

// d[4 i + j] = the 16 channels at x of pixel (h + i, w + j) of an image of height x width pixels, `pixel` floats each;
// zeros outside. `count` channels are there.
static inline void load_patch(
    float16 d[PLACES], global const float* x, int h, int w, int height, int width, int pixel, int count) {
  const bool inside = h >= 0 && w >= 0 && h + 4 <= height && w + 4 <= width;
  global const float* corner = x + ((long)h * width + w) * pixel;
  if (inside && count >= COLUMNS) {
    _Pragma("unroll") for (int i = 0; i < 4; ++i)
      _Pragma("unroll") for (int j = 0; j < 4; ++j) d[4 * i + j] = vload16(0, corner + (i * width + j) * pixel);
    return;
  }
  _Pragma("unroll 1") for (int k = 0; k < PLACES; ++k) {
    const int i = k / 4;
    const int j = k % 4;
    const bool there = ((uint)(h + i) < (uint)height) & ((uint)(w + j) < (uint)width);
    d[k] = there ? load_columns(corner + (i * width + j) * pixel, count) : (float16)(0.0f);
  }
}
