// Calls CLBlast through pointers found in libclblast, which is opened at run time.

#include "CCLBlast.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <clblast_c.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// Written once, inside `load`; only read afterwards.
static __typeof__(&CLBlastSgemm) sgemm;
static __typeof__(&CLBlastClearCache) clear_cache;
static char failure[512];

static void load(void) {
  void *library = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    // A portable bundle brings the C++ library for systems that have none. It is not tried first: a
    // driver that is loaded later may need the system's, which is newer.
    dlopen("$ORIGIN/lib/fallback/libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
    dlopen("$ORIGIN/lib/fallback/libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
    library = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) {
    snprintf(failure, sizeof failure, "%s", dlerror());
    return;
  }
  sgemm = (__typeof__(sgemm))dlsym(library, "CLBlastSgemm");
  clear_cache = (__typeof__(clear_cache))dlsym(library, "CLBlastClearCache");
  if (sgemm == NULL || clear_cache == NULL) {
    snprintf(failure, sizeof failure, "libclblast.so.1 has no CLBlastSgemm or CLBlastClearCache");
  }
}

int chorus_clblast_load(const char **message) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  *message = failure;
  return failure[0] == '\0' ? 0 : -1;
}

int chorus_clblast_sgemm(_Bool transpose_a, _Bool transpose_b, size_t m, size_t n, size_t k,
                         float alpha, void *a, size_t a_offset, size_t a_stride, void *b,
                         size_t b_offset, size_t b_stride, float beta, void *c, size_t c_offset,
                         size_t c_stride, void *queue, void **event) {
  cl_command_queue command_queue = queue;
  return (int)sgemm(CLBlastLayoutRowMajor,
                    transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
                    transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, m, n, k, alpha, a,
                    a_offset, a_stride, b, b_offset, b_stride, beta, c, c_offset, c_stride,
                    &command_queue, (cl_event *)event);
}

int chorus_clblast_clear_cache(void) { return (int)clear_cache(); }
