// Counts calls and decides what happens to each.

#ifndef FAULTS_H
#define FAULTS_H

#include "FaultLayer.h"
#include "objects.h"

#pragma GCC visibility push(hidden)
// What a call is, beyond a call; the kinds differ in what they can befall.
enum traits { ANY_CALL = 0, COMMAND = 1, DOWNLOAD = 2, LAUNCH = 4 };

// What is left to do for the wrapper of the call: what hangs, sleeps or aborts has done so.
enum effect { PASS, FAIL, CORRUPT_DOWNLOAD, CORRUPT_MEMORY, FAIL_EVENT, STALL };

struct verdict {
  enum effect effect;
  cl_int code;   // of FAIL and FAIL_EVENT
  long ordinal;  // of the call, from 1
};

// Counts the call; may block, or never return.
struct verdict judge(enum call call, int device, unsigned traits);

// The status with which a call fails.
cl_int failure_code(enum call call);

// Keeps an event of the host that `chorus_fault_release` sets.
void keep_stalled(cl_event gate);

// Sets and releases the kept events; in commands.c.
void open_gates(const cl_event *gates, int count);
#pragma GCC visibility pop

#endif
