// The driver's functions below the layer, and the wrappers that layer.c takes from commands.c.

#ifndef LAYER_H
#define LAYER_H

#include "faults.h"

#include <CL/cl_layer.h>

#pragma GCC visibility push(hidden)

// Set once, before any OpenCL call.
extern const cl_icd_dispatch *driver;

// The wrappers of commands.c.
__typeof__(clEnqueueReadBuffer) layer_clEnqueueReadBuffer;
__typeof__(clEnqueueWriteBuffer) layer_clEnqueueWriteBuffer;
__typeof__(clEnqueueCopyBuffer) layer_clEnqueueCopyBuffer;
__typeof__(clEnqueueFillBuffer) layer_clEnqueueFillBuffer;
__typeof__(clEnqueueMapBuffer) layer_clEnqueueMapBuffer;
__typeof__(clEnqueueUnmapMemObject) layer_clEnqueueUnmapMemObject;
__typeof__(clEnqueueNDRangeKernel) layer_clEnqueueNDRangeKernel;
__typeof__(clEnqueueMarkerWithWaitList) layer_clEnqueueMarkerWithWaitList;

// Returns when no download is about to be corrupted.
void await_corruptions(void);

#pragma GCC visibility pop

#endif
