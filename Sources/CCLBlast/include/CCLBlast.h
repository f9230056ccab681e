// The two CLBlast functions that Chorus calls, found in libclblast at run time.
//
// OpenCL objects pass as plain pointers, so that this module needs no OpenCL header.

#ifndef CHORUS_CCLBLAST_H
#define CHORUS_CCLBLAST_H

#include <stddef.h>

// Loads libclblast once; safe to call from any thread. Needed before the functions below.
// Returns 0, or -1 with the reason in `*message` (static storage).
int chorus_clblast_load(const char **message);

// c = alpha * op(a) * op(b) + beta * c, row major, float32. Offsets and row strides are elements.
// Returns a CLBlastStatusCode; on success `*event` is a new cl_event that the caller owns.
int chorus_clblast_sgemm(_Bool transpose_a, _Bool transpose_b, size_t m, size_t n, size_t k,
                         float alpha, void *a, size_t a_offset, size_t a_stride, void *b,
                         size_t b_offset, size_t b_stride, float beta, void *c, size_t c_offset,
                         size_t c_stride, void *queue, void **event);

// Drops the programs that CLBlast keeps for every context it has seen. Returns a CLBlastStatusCode.
int chorus_clblast_clear_cache(void);

#endif
