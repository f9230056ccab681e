// The wrappers of the commands of queues, which can also fail after they were accepted.

#include "layer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static cl_event user_event(cl_command_queue queue) {
  cl_context context = NULL;
  cl_int code =
      driver->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
  const cl_event event = code == CL_SUCCESS ? driver->clCreateUserEvent(context, &code) : NULL;
  if (event != NULL) remember(event, device_of(queue));
  return event;
}

// What a wrapper does with its command.
struct command {
  struct verdict verdict;
  cl_uint count;
  const cl_event *after;  // the wait list, with a gate where the command stalls
  cl_event *longer;       // the wait list's memory, or NULL
};

static struct command begin(
    enum call call, unsigned traits, cl_command_queue queue, cl_uint count, const cl_event *after,
    const cl_event *event) {
  struct command command = {
      .verdict = judge(call, device_of(queue), COMMAND | traits), .count = count, .after = after};
  // PoCL 3.1 never ends a command that waits for an event which has failed already.
  bool fails = event != NULL && take_failure(queue);
  for (cl_uint i = 0; i < count; i++) fails = fails || has_failed(after[i]);
  if (command.verdict.effect == PASS && fails) {
    command.verdict.effect = FAIL_EVENT;
    command.verdict.code = failure_code(call);
  }
  if (command.verdict.effect != STALL) return command;
  const cl_event gate = user_event(queue);
  command.longer = gate == NULL ? NULL : malloc((count + 1) * sizeof *after);
  if (command.longer == NULL) abort();
  if (count > 0) memcpy(command.longer, after, count * sizeof *after);
  command.longer[count] = gate;
  command.after = command.longer;
  command.count = count + 1;
  // Before the command, which does not return if it blocks.
  keep_stalled(gate);
  return command;
}

void open_gates(const cl_event *gates, int count) {
  for (int i = 0; i < count; i++) {
    driver->clSetUserEventStatus(gates[i], CL_COMPLETE);
    driver->clReleaseEvent(gates[i]);
  }
}

static void end(const struct command *command, cl_command_queue queue, const cl_event *event) {
  free(command->longer);
  // An event of the layer's own is known already, and whether it has failed.
  if (event != NULL && command->verdict.effect != FAIL_EVENT) remember(*event, device_of(queue));
}

// Gives the caller an event that has ended with an error, or leaves that to the queue's next one.
static cl_int fail_event(cl_command_queue queue, cl_event *event, cl_int code) {
  if (event == NULL) {
    owe_failure(queue);
    return CL_SUCCESS;
  }
  *event = user_event(queue);
  if (*event == NULL) return code;
  mark_failed(*event);
  return driver->clSetUserEventStatus(*event, code);
}

// Corruption.

static pthread_mutex_t corruption_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t corruption_done = PTHREAD_COND_INITIALIZER;
static int corruptions;  // downloads on their way that are to be corrupted

void await_corruptions(void) {
  pthread_mutex_lock(&corruption_lock);
  while (corruptions > 0) pthread_cond_wait(&corruption_done, &corruption_lock);
  pthread_mutex_unlock(&corruption_lock);
}

static void flip(unsigned char *bytes, size_t size, long ordinal) {
  if (size == 0) return;
  const size_t place = (size_t)ordinal * 40503u;
  bytes[place % size] ^= (unsigned char)(1u << (place % 7));
}

struct corruption {
  cl_event copied, told;  // the driver's event; the caller's, or NULL
  unsigned char *bytes;
  size_t size;
  long ordinal;
};

static void *corrupt(void *argument) {
  struct corruption *corruption = argument;
  driver->clWaitForEvents(1, &corruption->copied);
  flip(corruption->bytes, corruption->size, corruption->ordinal);
  if (corruption->told != NULL) {
    driver->clSetUserEventStatus(corruption->told, CL_COMPLETE);
    driver->clReleaseEvent(corruption->told);
  }
  driver->clReleaseEvent(corruption->copied);
  free(corruption);
  pthread_mutex_lock(&corruption_lock);
  corruptions--;
  pthread_cond_broadcast(&corruption_done);
  pthread_mutex_unlock(&corruption_lock);
  return NULL;
}

// Flips a bit when `copied` is complete, and only then lets the caller's event complete: an event
// of the host stands for the driver's. On a thread of its own, since the wait may need the caller.
static void corrupt_later(
    cl_command_queue queue, cl_event copied, void *bytes, size_t size, long ordinal,
    cl_event *event) {
  driver->clFlush(queue);
  struct corruption *corruption = malloc(sizeof *corruption);
  if (corruption == NULL) abort();
  *corruption = (struct corruption){.copied = copied, .bytes = bytes, .size = size};
  corruption->ordinal = ordinal;
  if (event != NULL) {
    *event = corruption->told = user_event(queue);
    if (*event == NULL) abort();
    driver->clRetainEvent(corruption->told);
  }
  pthread_mutex_lock(&corruption_lock);
  corruptions++;
  pthread_mutex_unlock(&corruption_lock);
  pthread_t thread;
  if (pthread_create(&thread, NULL, corrupt, corruption) != 0) abort();
  pthread_detach(thread);
}

// Flips a bit of what the kernel wrote: the second-highest mantissa byte of its first element.
static void corrupt_memory(cl_command_queue queue, cl_kernel kernel) {
  const cl_mem memory = first_buffer(kernel);
  size_t size = 0;
  unsigned char byte = 0;
  if (memory == NULL ||
      driver->clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof size, &size, NULL) != CL_SUCCESS) {
    return;
  }
  const size_t place = size > 1 ? 1 : 0;
  if (driver->clEnqueueReadBuffer(queue, memory, CL_TRUE, place, 1, &byte, 0, NULL, NULL) !=
      CL_SUCCESS) {
    return;
  }
  byte ^= 0x80;
  driver->clEnqueueWriteBuffer(queue, memory, CL_TRUE, place, 1, &byte, 0, NULL, NULL);
}

// The wrappers.

// A command that nobody needs to undo: if it fails late, it is not done at all.
#define COMMAND_WRAPPER(name, traits, parameters, arguments, afterwards)                           \
  cl_int CL_API_CALL layer_##name parameters {                                              \
    const struct command command = begin(CALL_##name, traits, queue, n, list, event);              \
    const struct verdict verdict = command.verdict;                                                \
    if (verdict.effect == FAIL) return verdict.code;                                               \
    if (verdict.effect == FAIL_EVENT) return fail_event(queue, event, verdict.code);               \
    const cl_int code = driver->name arguments;                                                    \
    if (code == CL_SUCCESS) afterwards;                                                            \
    end(&command, queue, code == CL_SUCCESS ? event : NULL);                                       \
    return code;                                                                                   \
  }
#define NOTHING (void)0

COMMAND_WRAPPER(clEnqueueCopyBuffer, ANY_CALL,
                (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset,
                 size_t to_offset, size_t size, cl_uint n, const cl_event *list, cl_event *event),
                (queue, from, to, from_offset, to_offset, size, command.count, command.after,
                 event),
                NOTHING)
COMMAND_WRAPPER(clEnqueueFillBuffer, ANY_CALL,
                (cl_command_queue queue, cl_mem memory, const void *pattern, size_t pattern_size,
                 size_t offset, size_t size, cl_uint n, const cl_event *list, cl_event *event),
                (queue, memory, pattern, pattern_size, offset, size, command.count, command.after,
                 event),
                NOTHING)
COMMAND_WRAPPER(clEnqueueMarkerWithWaitList, ANY_CALL,
                (cl_command_queue queue, cl_uint n, const cl_event *list, cl_event *event),
                (queue, command.count, command.after, event), NOTHING)
COMMAND_WRAPPER(clEnqueueNDRangeKernel, LAUNCH,
                (cl_command_queue queue, cl_kernel kernel, cl_uint rank, const size_t *offset,
                 const size_t *global, const size_t *local, cl_uint n, const cl_event *list,
                 cl_event *event),
                (queue, kernel, rank, offset, global, local, command.count, command.after, event),
                if (verdict.effect == CORRUPT_MEMORY) corrupt_memory(queue, kernel))

cl_int CL_API_CALL layer_clEnqueueWriteBuffer(
    cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset, size_t size,
    const void *from, cl_uint n, const cl_event *list, cl_event *event) {
  const struct command command = begin(CALL_clEnqueueWriteBuffer, ANY_CALL, queue, n, list, event);
  const struct verdict verdict = command.verdict;
  if (verdict.effect == FAIL || (verdict.effect == FAIL_EVENT && blocks)) return verdict.code;
  if (verdict.effect == FAIL_EVENT) return fail_event(queue, event, verdict.code);
  const cl_int code = driver->clEnqueueWriteBuffer(
      queue, memory, blocks, offset, size, from, command.count, command.after, event);
  end(&command, queue, code == CL_SUCCESS ? event : NULL);
  return code;
}

cl_int CL_API_CALL layer_clEnqueueReadBuffer(
    cl_command_queue queue, cl_mem memory, cl_bool blocks, size_t offset, size_t size, void *to,
    cl_uint n, const cl_event *list, cl_event *event) {
  const struct command command = begin(CALL_clEnqueueReadBuffer, DOWNLOAD, queue, n, list, event);
  const struct verdict verdict = command.verdict;
  if (verdict.effect == FAIL || (verdict.effect == FAIL_EVENT && blocks)) return verdict.code;
  if (verdict.effect == FAIL_EVENT) return fail_event(queue, event, verdict.code);
  const bool later = verdict.effect == CORRUPT_DOWNLOAD && !blocks;
  cl_event copied = NULL;
  const cl_int code = driver->clEnqueueReadBuffer(
      queue, memory, blocks, offset, size, to, command.count, command.after,
      later ? &copied : event);
  if (code == CL_SUCCESS && later) {
    corrupt_later(queue, copied, to, size, verdict.ordinal, event);
  } else if (code == CL_SUCCESS && verdict.effect == CORRUPT_DOWNLOAD) {
    flip(to, size, verdict.ordinal);
  }
  end(&command, queue, code == CL_SUCCESS ? event : NULL);
  return code;
}

void *CL_API_CALL layer_clEnqueueMapBuffer(
    cl_command_queue queue, cl_mem memory, cl_bool blocks, cl_map_flags flags, size_t offset,
    size_t size, cl_uint n, const cl_event *list, cl_event *event, cl_int *status) {
  // Staging buffers are mapped for both, blocking and once: nobody downloads by that.
  const unsigned traits = flags == CL_MAP_READ ? DOWNLOAD : ANY_CALL;
  const struct command command = begin(CALL_clEnqueueMapBuffer, traits, queue, n, list, event);
  const struct verdict verdict = command.verdict;
  if (verdict.effect == FAIL || (verdict.effect == FAIL_EVENT && blocks)) {
    if (status != NULL) *status = verdict.code;
    return NULL;
  }
  // The caller gets a pointer now, so a mapping that fails late is made; only its event fails.
  const bool later = verdict.effect == CORRUPT_DOWNLOAD && !blocks;
  const bool fails = verdict.effect == FAIL_EVENT;
  cl_int code = CL_SUCCESS;
  cl_event copied = NULL;
  void *mapped = driver->clEnqueueMapBuffer(
      queue, memory, blocks, flags, offset, size, command.count, command.after,
      later ? &copied : fails ? NULL : event, &code);
  if (code == CL_SUCCESS && later) {
    corrupt_later(queue, copied, mapped, size, verdict.ordinal, event);
  } else if (code == CL_SUCCESS && verdict.effect == CORRUPT_DOWNLOAD) {
    flip(mapped, size, verdict.ordinal);
  } else if (code == CL_SUCCESS && fails) {
    code = fail_event(queue, event, verdict.code);
  }
  end(&command, queue, code == CL_SUCCESS ? event : NULL);
  if (status != NULL) *status = code;
  return mapped;
}

cl_int CL_API_CALL layer_clEnqueueUnmapMemObject(
    cl_command_queue queue, cl_mem memory, void *pointer, cl_uint n, const cl_event *list,
    cl_event *event) {
  const struct command command =
      begin(CALL_clEnqueueUnmapMemObject, ANY_CALL, queue, n, list, event);
  const struct verdict verdict = command.verdict;
  // Memory stays mapped only if the call says so.
  if (verdict.effect == FAIL) return verdict.code;
  const bool fails = verdict.effect == FAIL_EVENT;
  cl_int code = driver->clEnqueueUnmapMemObject(
      queue, memory, pointer, command.count, command.after, fails ? NULL : event);
  if (code == CL_SUCCESS && fails) code = fail_event(queue, event, verdict.code);
  end(&command, queue, code == CL_SUCCESS ? event : NULL);
  return code;
}
