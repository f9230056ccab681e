// Forwards each OpenCL function that Chorus calls to the ICD loader, which is opened at run time.

#include "COpenCL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// One line per function: FORWARD(result, name, parameters, arguments).
#define FUNCTIONS                                                                                  \
  FORWARD(cl_int, clGetPlatformIDs, (cl_uint n, cl_platform_id *ids, cl_uint *found),              \
          (n, ids, found))                                                                         \
  FORWARD(cl_int, clGetPlatformInfo,                                                               \
          (cl_platform_id id, cl_platform_info what, size_t size, void *out, size_t *needed),      \
          (id, what, size, out, needed))                                                           \
  FORWARD(cl_int, clGetDeviceIDs,                                                                  \
          (cl_platform_id id, cl_device_type type, cl_uint n, cl_device_id *ids, cl_uint *found),  \
          (id, type, n, ids, found))                                                               \
  FORWARD(cl_int, clGetDeviceInfo,                                                                 \
          (cl_device_id id, cl_device_info what, size_t size, void *out, size_t *needed),          \
          (id, what, size, out, needed))                                                           \
  FORWARD(cl_int, clCreateSubDevices,                                                              \
          (cl_device_id id, const cl_device_partition_property *how, cl_uint n,                    \
           cl_device_id *ids, cl_uint *found),                                                     \
          (id, how, n, ids, found))                                                                \
  FORWARD(cl_int, clRetainDevice, (cl_device_id id), (id))                                         \
  FORWARD(cl_int, clReleaseDevice, (cl_device_id id), (id))                                        \
  FORWARD(cl_context, clCreateContext,                                                             \
          (const cl_context_properties *properties, cl_uint n, const cl_device_id *ids,            \
           void (*notify)(const char *, const void *, size_t, void *), void *user, cl_int *code),  \
          (properties, n, ids, notify, user, code))                                                \
  FORWARD(cl_int, clRetainContext, (cl_context context), (context))                                \
  FORWARD(cl_int, clReleaseContext, (cl_context context), (context))                               \
  FORWARD(cl_int, clGetContextInfo,                                                                \
          (cl_context context, cl_context_info what, size_t size, void *out, size_t *needed),      \
          (context, what, size, out, needed))                                                      \
  FORWARD(cl_command_queue, clCreateCommandQueue,                                                  \
          (cl_context context, cl_device_id id, cl_command_queue_properties properties,            \
           cl_int *code),                                                                          \
          (context, id, properties, code))                                                         \
  FORWARD(cl_int, clRetainCommandQueue, (cl_command_queue queue), (queue))                         \
  FORWARD(cl_int, clReleaseCommandQueue, (cl_command_queue queue), (queue))                        \
  FORWARD(cl_int, clGetCommandQueueInfo,                                                           \
          (cl_command_queue queue, cl_command_queue_info what, size_t size, void *out,             \
           size_t *needed),                                                                        \
          (queue, what, size, out, needed))                                                        \
  FORWARD(cl_int, clFlush, (cl_command_queue queue), (queue))                                      \
  FORWARD(cl_int, clFinish, (cl_command_queue queue), (queue))                                     \
  FORWARD(cl_mem, clCreateBuffer,                                                                  \
          (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),         \
          (context, flags, size, host, code))                                                      \
  FORWARD(cl_mem, clCreateSubBuffer,                                                               \
          (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region,      \
           cl_int *code),                                                                          \
          (buffer, flags, type, region, code))                                                     \
  FORWARD(cl_int, clRetainMemObject, (cl_mem memory), (memory))                                    \
  FORWARD(cl_int, clReleaseMemObject, (cl_mem memory), (memory))                                   \
  FORWARD(cl_int, clGetMemObjectInfo,                                                              \
          (cl_mem memory, cl_mem_info what, size_t size, void *out, size_t *needed),               \
          (memory, what, size, out, needed))                                                       \
  FORWARD(cl_program, clCreateProgramWithSource,                                                   \
          (cl_context context, cl_uint n, const char **texts, const size_t *sizes, cl_int *code),  \
          (context, n, texts, sizes, code))                                                        \
  FORWARD(cl_program, clCreateProgramWithBinary,                                                   \
          (cl_context context, cl_uint n, const cl_device_id *ids, const size_t *sizes,            \
           const unsigned char **binaries, cl_int *statuses, cl_int *code),                        \
          (context, n, ids, sizes, binaries, statuses, code))                                      \
  FORWARD(cl_int, clBuildProgram,                                                                  \
          (cl_program program, cl_uint n, const cl_device_id *ids, const char *options,            \
           void (*notify)(cl_program, void *), void *user),                                        \
          (program, n, ids, options, notify, user))                                                \
  FORWARD(cl_int, clRetainProgram, (cl_program program), (program))                                \
  FORWARD(cl_int, clReleaseProgram, (cl_program program), (program))                               \
  FORWARD(cl_int, clGetProgramInfo,                                                                \
          (cl_program program, cl_program_info what, size_t size, void *out, size_t *needed),      \
          (program, what, size, out, needed))                                                      \
  FORWARD(cl_int, clGetProgramBuildInfo,                                                           \
          (cl_program program, cl_device_id id, cl_program_build_info what, size_t size,           \
           void *out, size_t *needed),                                                             \
          (program, id, what, size, out, needed))                                                  \
  FORWARD(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),         \
          (program, name, code))                                                                   \
  FORWARD(cl_int, clRetainKernel, (cl_kernel kernel), (kernel))                                    \
  FORWARD(cl_int, clReleaseKernel, (cl_kernel kernel), (kernel))                                   \
  FORWARD(cl_int, clSetKernelArg,                                                                  \
          (cl_kernel kernel, cl_uint index, size_t size, const void *value),                       \
          (kernel, index, size, value))                                                            \
  FORWARD(cl_int, clGetKernelInfo,                                                                 \
          (cl_kernel kernel, cl_kernel_info what, size_t size, void *out, size_t *needed),         \
          (kernel, what, size, out, needed))                                                       \
  FORWARD(cl_int, clGetKernelWorkGroupInfo,                                                        \
          (cl_kernel kernel, cl_device_id id, cl_kernel_work_group_info what, size_t size,         \
           void *out, size_t *needed),                                                             \
          (kernel, id, what, size, out, needed))                                                   \
  FORWARD(cl_int, clWaitForEvents, (cl_uint n, const cl_event *events), (n, events))               \
  FORWARD(cl_int, clGetEventInfo,                                                                  \
          (cl_event event, cl_event_info what, size_t size, void *out, size_t *needed),            \
          (event, what, size, out, needed))                                                        \
  FORWARD(cl_int, clGetEventProfilingInfo,                                                         \
          (cl_event event, cl_profiling_info what, size_t size, void *out, size_t *needed),        \
          (event, what, size, out, needed))                                                        \
  FORWARD(cl_int, clRetainEvent, (cl_event event), (event))                                        \
  FORWARD(cl_int, clReleaseEvent, (cl_event event), (event))                                       \
  FORWARD(cl_event, clCreateUserEvent, (cl_context context, cl_int *code), (context, code))        \
  FORWARD(cl_int, clSetUserEventStatus, (cl_event event, cl_int status), (event, status))          \
  FORWARD(cl_int, clEnqueueReadBuffer,                                                             \
          (cl_command_queue queue, cl_mem memory, cl_bool block, size_t offset, size_t size,       \
           void *to, cl_uint n, const cl_event *after, cl_event *event),                           \
          (queue, memory, block, offset, size, to, n, after, event))                               \
  FORWARD(cl_int, clEnqueueWriteBuffer,                                                            \
          (cl_command_queue queue, cl_mem memory, cl_bool block, size_t offset, size_t size,       \
           const void *from, cl_uint n, const cl_event *after, cl_event *event),                   \
          (queue, memory, block, offset, size, from, n, after, event))                             \
  FORWARD(cl_int, clEnqueueCopyBuffer,                                                             \
          (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,   \
           size_t size, cl_uint n, const cl_event *after, cl_event *event),                        \
          (queue, from, to, from_offset, to_offset, size, n, after, event))                        \
  FORWARD(cl_int, clEnqueueFillBuffer,                                                             \
          (cl_command_queue queue, cl_mem memory, const void *pattern, size_t pattern_size,        \
           size_t offset, size_t size, cl_uint n, const cl_event *after, cl_event *event),         \
          (queue, memory, pattern, pattern_size, offset, size, n, after, event))                   \
  FORWARD(void *, clEnqueueMapBuffer,                                                              \
          (cl_command_queue queue, cl_mem memory, cl_bool block, cl_map_flags flags,               \
           size_t offset, size_t size, cl_uint n, const cl_event *after, cl_event *event,          \
           cl_int *code),                                                                          \
          (queue, memory, block, flags, offset, size, n, after, event, code))                      \
  FORWARD(cl_int, clEnqueueUnmapMemObject,                                                         \
          (cl_command_queue queue, cl_mem memory, void *pointer, cl_uint n,                        \
           const cl_event *after, cl_event *event),                                                \
          (queue, memory, pointer, n, after, event))                                               \
  FORWARD(cl_int, clEnqueueNDRangeKernel,                                                          \
          (cl_command_queue queue, cl_kernel kernel, cl_uint rank, const size_t *offset,           \
           const size_t *global, const size_t *local, cl_uint n, const cl_event *after,            \
           cl_event *event),                                                                       \
          (queue, kernel, rank, offset, global, local, n, after, event))                           \
  FORWARD(cl_int, clEnqueueMarkerWithWaitList,                                                     \
          (cl_command_queue queue, cl_uint n, const cl_event *after, cl_event *event),             \
          (queue, n, after, event))

// Written once, inside `load`, before any OpenCL object exists; only read afterwards.
static struct {
#define FORWARD(result, name, parameters, arguments) result(*name) parameters;
  FUNCTIONS
#undef FORWARD
} functions;

static char failure[512];

static void load(void) {
  void *library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(failure, sizeof failure, "%s", dlerror());
    return;
  }
  // Looked up in this handle only: a global lookup could find a forwarder and call it for ever.
#define FORWARD(result, name, parameters, arguments)                                               \
  functions.name = (result(*) parameters)dlsym(library, #name);                                    \
  if (functions.name == NULL) {                                                                    \
    snprintf(failure, sizeof failure, "libOpenCL.so.1 has no %s (OpenCL 1.2 is needed)", #name);   \
    return;                                                                                        \
  }
  FUNCTIONS
#undef FORWARD
}

int chorus_opencl_try_driver(const char *library, char *message, size_t size) {
  typedef cl_int (*PlatformIDs)(cl_uint, cl_platform_id *, cl_uint *);
  message[0] = '\0';
  // Never closed: a driver may have started threads, and the ICD loader opens it as well.
  void *driver = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  if (driver == NULL) {
    snprintf(message, size, "%s", dlerror());
    return -1;
  }
  void *(*address)(const char *) =
      (void *(*)(const char *))dlsym(driver, "clGetExtensionFunctionAddress");
  PlatformIDs platforms =
      address == NULL ? NULL : (PlatformIDs)address("clIcdGetPlatformIDsKHR");
  if (platforms == NULL) platforms = (PlatformIDs)dlsym(driver, "clIcdGetPlatformIDsKHR");
  if (platforms == NULL) {
    snprintf(message, size, "%s has no clIcdGetPlatformIDsKHR: it is no OpenCL driver", library);
    return -1;
  }
  cl_uint found = 0;
  const cl_int code = platforms(0, NULL, &found);
  return code == CL_SUCCESS ? (int)found : code;
}

int chorus_opencl_load(const char **message) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  *message = failure;
  return failure[0] == '\0' ? 0 : -1;
}

#define FORWARD(result, name, parameters, arguments)                                               \
  result name parameters { return functions.name arguments; }
FUNCTIONS
