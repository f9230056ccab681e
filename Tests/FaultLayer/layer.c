// The layer's entry points, and the wrappers of all functions but the commands.

#include "layer.h"

#include <string.h>

const cl_icd_dispatch *driver;

// A function that returns a status and belongs to the device of `object`.
#define STATUS(name, object, parameters, arguments)                                                \
  static cl_int CL_API_CALL layer_##name parameters {                                              \
    const struct verdict verdict = judge(CALL_##name, device_of(object), ANY_CALL);                \
    return verdict.effect == FAIL ? verdict.code : driver->name arguments;                         \
  }

// The object is released even if that fails, so that thousands of failures fit into one process.
#define REFERENCES(Kind, type)                                                                     \
  STATUS(clRetain##Kind, object, (type object), (object))                                          \
  static cl_int CL_API_CALL layer_clRelease##Kind(type object) {                                   \
    const struct verdict verdict = judge(CALL_clRelease##Kind, device_of(object), ANY_CALL);       \
    const cl_int code = driver->clRelease##Kind(object);                                           \
    return verdict.effect == FAIL ? verdict.code : code;                                           \
  }

// A function that makes an object on the device of `parent`.
#define CREATE(type, name, parent, remember, parameters, arguments)                                \
  static type CL_API_CALL layer_##name parameters {                                                \
    const int device = device_of(parent);                                                          \
    const struct verdict verdict = judge(CALL_##name, device, ANY_CALL);                           \
    if (verdict.effect == FAIL) {                                                                  \
      if (code != NULL) *code = verdict.code;                                                      \
      return NULL;                                                                                 \
    }                                                                                              \
    const type created = driver->name arguments;                                                   \
    remember(created, device);                                                                     \
    return created;                                                                                \
  }

#define INFO (object, what, size, out, needed)

static cl_int CL_API_CALL layer_clGetPlatformIDs(
    cl_uint n, cl_platform_id *ids, cl_uint *found) {
  const struct verdict verdict = judge(CALL_clGetPlatformIDs, NO_DEVICE, ANY_CALL);
  return verdict.effect == FAIL ? verdict.code : driver->clGetPlatformIDs(n, ids, found);
}

STATUS(clGetPlatformInfo, NULL,
       (cl_platform_id object, cl_platform_info what, size_t size, void *out, size_t *needed), INFO)

static void number_devices(cl_int code, cl_uint n, const cl_device_id *ids, const cl_uint *found) {
  if (code != CL_SUCCESS || ids == NULL) return;
  const cl_uint count = found != NULL && *found < n ? *found : n;
  for (cl_uint i = 0; i < count; i++) {
    if (ids[i] != NULL) remember(ids[i], device_number(ids[i]));
  }
}

static cl_int CL_API_CALL layer_clGetDeviceIDs(
    cl_platform_id id, cl_device_type type, cl_uint n, cl_device_id *ids, cl_uint *found) {
  const struct verdict verdict = judge(CALL_clGetDeviceIDs, NO_DEVICE, ANY_CALL);
  if (verdict.effect == FAIL) return verdict.code;
  cl_uint available = 0;
  const cl_int code = driver->clGetDeviceIDs(id, type, n, ids, &available);
  number_devices(code, n, ids, &available);
  if (found != NULL) *found = available;
  return code;
}

static cl_int CL_API_CALL layer_clCreateSubDevices(
    cl_device_id id, const cl_device_partition_property *how, cl_uint n, cl_device_id *ids,
    cl_uint *found) {
  const struct verdict verdict = judge(CALL_clCreateSubDevices, device_of(id), ANY_CALL);
  if (verdict.effect == FAIL) return verdict.code;
  cl_uint available = 0;
  const cl_int code = driver->clCreateSubDevices(id, how, n, ids, &available);
  number_devices(code, n, ids, &available);
  if (found != NULL) *found = available;
  return code;
}

STATUS(clGetDeviceInfo, object,
       (cl_device_id object, cl_device_info what, size_t size, void *out, size_t *needed), INFO)
REFERENCES(Device, cl_device_id)

CREATE(cl_context, clCreateContext, n > 0 ? ids[0] : NULL, remember,
       (const cl_context_properties *properties, cl_uint n, const cl_device_id *ids,
        void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
        cl_int *code),
       (properties, n, ids, notify, user, code))
STATUS(clGetContextInfo, object,
       (cl_context object, cl_context_info what, size_t size, void *out, size_t *needed), INFO)
REFERENCES(Context, cl_context)

CREATE(cl_command_queue, clCreateCommandQueue, id, remember,
       (cl_context context, cl_device_id id, cl_command_queue_properties properties, cl_int *code),
       (context, id, properties, code))
STATUS(clGetCommandQueueInfo, object,
       (cl_command_queue object, cl_command_queue_info what, size_t size, void *out,
        size_t *needed),
       INFO)
STATUS(clFlush, queue, (cl_command_queue queue), (queue))
REFERENCES(CommandQueue, cl_command_queue)

static cl_int CL_API_CALL layer_clFinish(cl_command_queue queue) {
  const struct verdict verdict = judge(CALL_clFinish, device_of(queue), ANY_CALL);
  if (verdict.effect == FAIL) return verdict.code;
  const cl_int code = driver->clFinish(queue);
  await_corruptions();
  return take_failure(queue) ? failure_code(CALL_clFinish) : code;
}

CREATE(cl_mem, clCreateBuffer, context, remember_memory,
       (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
       (context, flags, size, host, code))
CREATE(cl_mem, clCreateSubBuffer, buffer, remember_memory,
       (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *region,
        cl_int *code),
       (buffer, flags, type, region, code))
STATUS(clGetMemObjectInfo, object,
       (cl_mem object, cl_mem_info what, size_t size, void *out, size_t *needed), INFO)
REFERENCES(MemObject, cl_mem)

CREATE(cl_program, clCreateProgramWithSource, context, remember,
       (cl_context context, cl_uint n, const char **texts, const size_t *sizes, cl_int *code),
       (context, n, texts, sizes, code))
CREATE(cl_program, clCreateProgramWithBinary, context, remember,
       (cl_context context, cl_uint n, const cl_device_id *ids, const size_t *sizes,
        const unsigned char **binaries, cl_int *statuses, cl_int *code),
       (context, n, ids, sizes, binaries, statuses, code))
STATUS(clBuildProgram, program,
       (cl_program program, cl_uint n, const cl_device_id *ids, const char *options,
        void(CL_CALLBACK *notify)(cl_program, void *), void *user),
       (program, n, ids, options, notify, user))
STATUS(clGetProgramInfo, object,
       (cl_program object, cl_program_info what, size_t size, void *out, size_t *needed), INFO)
STATUS(clGetProgramBuildInfo, object,
       (cl_program object, cl_device_id id, cl_program_build_info what, size_t size, void *out,
        size_t *needed),
       (object, id, what, size, out, needed))
REFERENCES(Program, cl_program)

CREATE(cl_kernel, clCreateKernel, program, remember,
       (cl_program program, const char *name, cl_int *code), (program, name, code))
STATUS(clGetKernelInfo, object,
       (cl_kernel object, cl_kernel_info what, size_t size, void *out, size_t *needed), INFO)
STATUS(clGetKernelWorkGroupInfo, object,
       (cl_kernel object, cl_device_id id, cl_kernel_work_group_info what, size_t size, void *out,
        size_t *needed),
       (object, id, what, size, out, needed))
REFERENCES(Kernel, cl_kernel)

static cl_int CL_API_CALL layer_clSetKernelArg(
    cl_kernel kernel, cl_uint index, size_t size, const void *value) {
  const struct verdict verdict = judge(CALL_clSetKernelArg, device_of(kernel), ANY_CALL);
  if (verdict.effect == FAIL) return verdict.code;
  const cl_int code = driver->clSetKernelArg(kernel, index, size, value);
  if (code == CL_SUCCESS) remember_argument(kernel, index, size, value);
  return code;
}

CREATE(cl_event, clCreateUserEvent, context, remember, (cl_context context, cl_int *code),
       (context, code))
STATUS(clSetUserEventStatus, event, (cl_event event, cl_int status), (event, status))
STATUS(clWaitForEvents, n > 0 ? events[0] : NULL, (cl_uint n, const cl_event *events), (n, events))
STATUS(clGetEventInfo, object,
       (cl_event object, cl_event_info what, size_t size, void *out, size_t *needed), INFO)
STATUS(clGetEventProfilingInfo, object,
       (cl_event object, cl_profiling_info what, size_t size, void *out, size_t *needed), INFO)
REFERENCES(Event, cl_event)

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(
    cl_layer_info what, size_t size, void *out, size_t *needed) {
  static const char name[] = "Chorus fault layer";
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  const void *value = what == CL_LAYER_NAME ? (const void *)name : &version;
  const size_t length = what == CL_LAYER_NAME ? sizeof name : sizeof version;
  if (what != CL_LAYER_NAME && what != CL_LAYER_API_VERSION) return CL_INVALID_VALUE;
  if (out != NULL && size < length) return CL_INVALID_VALUE;
  if (out != NULL) memcpy(out, value, length);
  if (needed != NULL) *needed = length;
  return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(
    cl_uint count, const cl_icd_dispatch *target, cl_uint *layer_count,
    const cl_icd_dispatch **layer) {
  static cl_icd_dispatch table;
  if (target == NULL || layer_count == NULL || layer == NULL) return CL_INVALID_VALUE;
  // A loader of an older standard has a shorter table.
  const cl_uint own_count = sizeof table / sizeof(void *);
  const cl_uint shared = count < own_count ? count : own_count;
  memcpy(&table, target, shared * sizeof(void *));
  driver = target;
#define CALL(name, code) table.name = layer_##name;
  CALLS
#undef CALL
  *layer_count = shared;
  *layer = &table;
  return CL_SUCCESS;
}
