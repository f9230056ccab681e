#pragma once
// Transposition of blocks of COLUMNS x COLUMNS floats in registers.

// Four perfect shuffles of the rows turn 16 rows into 16 columns.
static inline void transpose(float16 t[COLUMNS]) {
  _Pragma("unroll") for (int step = 0; step < 4; ++step) {
    float16 s[COLUMNS];
    _Pragma("unroll") for (int i = 0; i < 8; ++i) {
      const float16 a = t[i];
      const float16 b = t[i + 8];
      s[2 * i] = (float16)(
          a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
      s[2 * i + 1] = (float16)(
          a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
    }
    _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i) t[i] = s[i];
  }
}

// y(i, j) = x(j, i) for i < columns, j < rows (each counts at most COLUMNS); rows of y and x are y_row and x_row
// elements apart.
static inline void transpose_block(
    global float* y, int y_row, global const float* x, int x_row, int rows, int columns) {
  float16 t[COLUMNS];
  if (rows >= COLUMNS && columns >= COLUMNS) {
    _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i) t[i] = vload16(0, x + AT(i, x_row));
    transpose(t);
    _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i) vstore16(t[i], 0, y + AT(i, y_row));
    return;
  }
  for (int i = 0; i < COLUMNS; ++i) t[i] = load_columns(x + AT(min(i, rows - 1), x_row), columns);
  transpose(t);
  for (int i = 0; i < min(columns, COLUMNS); ++i) store_columns(t[i], y + AT(i, y_row), rows);
}
