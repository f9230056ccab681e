// A layer between the OpenCL loader and every driver that counts calls and makes chosen ones fail.
//
// Loaders that know layers (ocl-icd 2.3, Khronos) load it with
//
//     OPENCL_LAYERS=/path/to/libFaultLayer.so
//
// A fault is armed by the environment, for programs that know nothing of the layer:
//
//     CHORUS_FAULT="lost 120 1"       the 120th call on device 1 is its last
//     CHORUS_FAULT="hang 7"           the 7th call of all never returns
//     CHORUS_FAULT="slow 1 0 sticky"  every call on device 0 is late
//     CHORUS_FAULT_REPORT=1           writes the counts to standard error at exit
//
// or by these functions, which a test finds with `dlsym` once OpenCL is loaded. A program must not
// be linked with them: it would hold a second copy, which sees no call.
//
// Devices are numbered from 0 in the order in which clGetDeviceIDs and clCreateSubDevices name
// them first; -1 is every device, and calls that belong to none.

#ifndef CHORUS_FAULT_LAYER_H
#define CHORUS_FAULT_LAYER_H

// What happens to a call.
enum chorus_fault_kind {
  // It returns a status that suits it, and does nothing; a release is done nevertheless.
  CHORUS_FAULT_ERROR,
  // It never returns, until the faults are released; it then fails, not done.
  CHORUS_FAULT_HANG,
  // A download or a mapping for reading: one bit of what the host reads is wrong.
  CHORUS_FAULT_BITS,
  // A launch: one bit of the kernel's first buffer is wrong after it.
  CHORUS_FAULT_MEMORY,
  // It fails, and so does every later call on its device.
  CHORUS_FAULT_LOST,
  // A command: accepted, but not done, and its event ends with an error. If nobody asked for an
  // event, the next one of the queue tells.
  CHORUS_FAULT_EVENT,
  // A command: accepted, but it does not start until the faults are released, nor does its queue.
  CHORUS_FAULT_STALL,
  // The process ends by abort().
  CHORUS_FAULT_ABORT,
  // It is done, but late.
  CHORUS_FAULT_SLOW,
  CHORUS_FAULT_KINDS
};

// The kind of this name ("error", "hang", ...), or -1.
int chorus_fault_kind(const char *name);

// Lets everything go that hangs or stalls, disarms every fault, forgets counts and hits.
void chorus_fault_reset(void);

// The k-th call from now (from 1) that this kind can befall fails; if sticky, all later ones do
// too. Returns 0, or -1 if there is no such kind, k is not positive or too many faults are armed.
int chorus_fault_arm(int kind, long k, int device, int sticky);

// Lets everything go that hangs or stalls now.
void chorus_fault_release(void);

// Calls since the last reset that this kind can befall.
long chorus_fault_count(int kind, int device);

// Calls since the last reset that a fault befell.
long chorus_fault_hits(void);

// The function of a hit, from 0; NULL where nothing is known of it: only the first 64 are kept.
const char *chorus_fault_name(long hit);

// How late a slow call is; 100 unless told.
void chorus_fault_delay(int milliseconds);

// The status of all failures; 0 leaves the choice to the layer.
void chorus_fault_code(int code);

// The number of a `cl_device_id`, or -1 if it was never seen.
int chorus_fault_device(const void *id);

#endif
