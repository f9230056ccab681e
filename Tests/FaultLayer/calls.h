// The functions that the layer stands before, and the status with which each fails.

#ifndef CALLS_H
#define CALLS_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#define CALLS                                                                                      \
  CALL(clGetPlatformIDs, CL_OUT_OF_HOST_MEMORY)                                                    \
  CALL(clGetPlatformInfo, CL_OUT_OF_HOST_MEMORY)                                                   \
  CALL(clGetDeviceIDs, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clGetDeviceInfo, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clCreateSubDevices, CL_OUT_OF_RESOURCES)                                                    \
  CALL(clRetainDevice, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clReleaseDevice, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clCreateContext, CL_DEVICE_NOT_AVAILABLE)                                                   \
  CALL(clRetainContext, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clReleaseContext, CL_OUT_OF_RESOURCES)                                                      \
  CALL(clGetContextInfo, CL_OUT_OF_RESOURCES)                                                      \
  CALL(clCreateCommandQueue, CL_OUT_OF_HOST_MEMORY)                                                \
  CALL(clRetainCommandQueue, CL_OUT_OF_RESOURCES)                                                  \
  CALL(clReleaseCommandQueue, CL_OUT_OF_RESOURCES)                                                 \
  CALL(clGetCommandQueueInfo, CL_OUT_OF_RESOURCES)                                                 \
  CALL(clFlush, CL_OUT_OF_RESOURCES)                                                               \
  CALL(clFinish, CL_OUT_OF_RESOURCES)                                                              \
  CALL(clCreateBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE)                                           \
  CALL(clCreateSubBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE)                                        \
  CALL(clRetainMemObject, CL_OUT_OF_RESOURCES)                                                     \
  CALL(clReleaseMemObject, CL_OUT_OF_RESOURCES)                                                    \
  CALL(clGetMemObjectInfo, CL_OUT_OF_RESOURCES)                                                    \
  CALL(clCreateProgramWithSource, CL_OUT_OF_HOST_MEMORY)                                           \
  CALL(clCreateProgramWithBinary, CL_OUT_OF_RESOURCES)                                             \
  CALL(clBuildProgram, CL_BUILD_PROGRAM_FAILURE)                                                   \
  CALL(clRetainProgram, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clReleaseProgram, CL_OUT_OF_RESOURCES)                                                      \
  CALL(clGetProgramInfo, CL_OUT_OF_RESOURCES)                                                      \
  CALL(clGetProgramBuildInfo, CL_OUT_OF_RESOURCES)                                                 \
  CALL(clCreateKernel, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clRetainKernel, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clReleaseKernel, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clSetKernelArg, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clGetKernelInfo, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clGetKernelWorkGroupInfo, CL_OUT_OF_RESOURCES)                                              \
  CALL(clWaitForEvents, CL_OUT_OF_RESOURCES)                                                       \
  CALL(clGetEventInfo, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clGetEventProfilingInfo, CL_PROFILING_INFO_NOT_AVAILABLE)                                   \
  CALL(clRetainEvent, CL_OUT_OF_RESOURCES)                                                         \
  CALL(clReleaseEvent, CL_OUT_OF_RESOURCES)                                                        \
  CALL(clCreateUserEvent, CL_OUT_OF_RESOURCES)                                                     \
  CALL(clSetUserEventStatus, CL_OUT_OF_RESOURCES)                                                  \
  CALL(clEnqueueReadBuffer, CL_OUT_OF_RESOURCES)                                                   \
  CALL(clEnqueueWriteBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE)                                     \
  CALL(clEnqueueCopyBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE)                                      \
  CALL(clEnqueueFillBuffer, CL_MEM_OBJECT_ALLOCATION_FAILURE)                                      \
  CALL(clEnqueueMapBuffer, CL_MAP_FAILURE)                                                         \
  CALL(clEnqueueUnmapMemObject, CL_OUT_OF_RESOURCES)                                               \
  CALL(clEnqueueNDRangeKernel, CL_OUT_OF_RESOURCES)                                                \
  CALL(clEnqueueMarkerWithWaitList, CL_OUT_OF_RESOURCES)

enum call {
#define CALL(name, code) CALL_##name,
  CALLS
#undef CALL
      CALL_COUNT
};

#endif
