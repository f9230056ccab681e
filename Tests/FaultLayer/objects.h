// What the layer knows of each OpenCL object: above all, the device it belongs to.

#ifndef OBJECTS_H
#define OBJECTS_H

#include "calls.h"
#include <stdbool.h>

#pragma GCC visibility push(hidden)
enum { NO_DEVICE = -1, MAX_DEVICES = 64 };

// The number of a device, which is given at first sight; NO_DEVICE from the 65th on.
int device_number(cl_device_id id);
int device_count(void);

// Remembers the device of a new object. An object that takes the address of a released one
// replaces it, so releases need not be followed.
void remember(const void *object, int device);
void remember_memory(cl_mem memory, int device);

// NO_DEVICE for objects that were never seen.
int device_of(const void *object);

// The buffer of the lowest argument that is one: kernels name what they write first.
void remember_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value);
cl_mem first_buffer(cl_kernel kernel);

// A queue whose command failed without an event owes the failure to its next event.
void owe_failure(cl_command_queue queue);
bool take_failure(cl_command_queue queue);

// An event that the layer ended with an error.
void mark_failed(cl_event event);
bool has_failed(cl_event event);
#pragma GCC visibility pop

#endif
