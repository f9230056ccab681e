// The OpenCL 1.2 functions that Chorus calls, found in the ICD loader at run time.
//
// A host without libOpenCL gets a sentence from `chorus_opencl_load`, not a dynamic linker failure.

#ifndef CHORUS_COPENCL_H
#define CHORUS_COPENCL_H

#include <stddef.h>
#include <stdint.h>

#define CL_TARGET_OPENCL_VERSION 120

// Hidden: the definitions in loader.c serve this program alone. A library that is linked to the
// real libOpenCL (libclblast, a driver) must never be bound to them instead.
#pragma GCC visibility push(hidden)
#include <CL/cl.h>

// Loads the ICD loader once; safe to call from any thread.
// Returns 0, or -1 with the reason in `*message` (static storage).
//
// Every other function here needs a platform, a device or an object made from one, and the first
// of those comes from `clGetPlatformIDs`: call this before that one.
int chorus_opencl_load(const char **message);

// Opens a driver's library as the ICD loader does, and asks it how many platforms it offers.
// Returns the number, or a negative status: the driver's, with an empty message, or -1 with the
// reason in `message`, which has room for `size` bytes.
int chorus_opencl_try_driver(const char *library, char *message, size_t size);
#pragma GCC visibility pop

#endif
