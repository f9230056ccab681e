// The armed faults and the counts, under one lock, which is never held while a driver runs.

#include "faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ARMED = 16, MAX_HITS = 64, MAX_STALLED = 256 };

static const struct {
  const char *name;
  unsigned befalls;
} kinds[CHORUS_FAULT_KINDS] = {
    [CHORUS_FAULT_ERROR] = {"error", ANY_CALL},     [CHORUS_FAULT_HANG] = {"hang", ANY_CALL},
    [CHORUS_FAULT_BITS] = {"bits", DOWNLOAD},       [CHORUS_FAULT_MEMORY] = {"memory", LAUNCH},
    [CHORUS_FAULT_LOST] = {"lost", ANY_CALL},       [CHORUS_FAULT_EVENT] = {"event", COMMAND},
    [CHORUS_FAULT_STALL] = {"stall", COMMAND},      [CHORUS_FAULT_ABORT] = {"abort", ANY_CALL},
    [CHORUS_FAULT_SLOW] = {"slow", ANY_CALL},
};

static const struct {
  const char *name;
  cl_int code;
} calls[CALL_COUNT] = {
#define CALL(name, code) {#name, code},
    CALLS
#undef CALL
};

struct armed {
  bool is_armed, has_fired, is_sticky;
  int kind, device;
  long remaining;
};

static struct {
  pthread_mutex_t lock;
  pthread_cond_t released;
  long releases;
  struct armed armed[MAX_ARMED];
  long counts[MAX_DEVICES + 1][CHORUS_FAULT_KINDS];  // the last row: calls of no device
  long hits;
  enum call hit[MAX_HITS];
  cl_event stalled[MAX_STALLED];
  int stalled_count;
  int milliseconds;
  cl_int code;
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER, .milliseconds = 100};

static bool can_befall(int kind, unsigned traits) {
  return (traits & kinds[kind].befalls) == kinds[kind].befalls;
}

// Set before any call.
static bool is_reporting;

// Whether this fault befalls this call; the lock is held.
static bool befalls(struct armed *fault, int device, unsigned traits) {
  if (!fault->is_armed || !can_befall(fault->kind, traits)) return false;
  if (fault->device != NO_DEVICE && fault->device != device) return false;
  // A lost device is one, even where any was to be hit.
  if (fault->has_fired) return fault->kind != CHORUS_FAULT_LOST || fault->device == device;
  if (--fault->remaining > 0) return false;
  fault->has_fired = true;
  if (fault->kind == CHORUS_FAULT_LOST) {
    fault->device = device;
  } else if (!fault->is_sticky) {
    fault->is_armed = false;
  }
  return true;
}

cl_int failure_code(enum call call) {
  pthread_mutex_lock(&state.lock);
  const cl_int code = state.code != 0 ? state.code : calls[call].code;
  pthread_mutex_unlock(&state.lock);
  return code;
}

struct verdict judge(enum call call, int device, unsigned traits) {
  struct verdict verdict = {.effect = PASS};
  int kind = -1;
  pthread_mutex_lock(&state.lock);
  long *counts = state.counts[device == NO_DEVICE ? MAX_DEVICES : device];
  for (int i = 0; i < CHORUS_FAULT_KINDS; i++) counts[i] += can_befall(i, traits);
  verdict.ordinal = counts[CHORUS_FAULT_ERROR];
  // Every fault counts every call, also where an earlier one strikes.
  for (int i = 0; i < MAX_ARMED; i++) {
    if (befalls(&state.armed[i], device, traits) && kind < 0) kind = state.armed[i].kind;
  }
  if (kind >= 0) {
    if (state.hits < MAX_HITS) state.hit[state.hits] = call;
    state.hits++;
    // At once: the process may not live to report it.
    if (is_reporting) {
      fprintf(stderr, "fault layer: %s, call %ld of device %d\n", calls[call].name, verdict.ordinal,
              device);
    }
  }
  if (kind == CHORUS_FAULT_HANG) {
    const long releases = state.releases;
    while (state.releases == releases) pthread_cond_wait(&state.released, &state.lock);
  }
  const int milliseconds = state.milliseconds;
  pthread_mutex_unlock(&state.lock);

  switch (kind) {
  case CHORUS_FAULT_ERROR:
  case CHORUS_FAULT_HANG:
  case CHORUS_FAULT_LOST: verdict.effect = FAIL; break;
  case CHORUS_FAULT_BITS: verdict.effect = CORRUPT_DOWNLOAD; break;
  case CHORUS_FAULT_MEMORY: verdict.effect = CORRUPT_MEMORY; break;
  case CHORUS_FAULT_EVENT: verdict.effect = FAIL_EVENT; break;
  case CHORUS_FAULT_STALL: verdict.effect = STALL; break;
  case CHORUS_FAULT_ABORT: abort();
  case CHORUS_FAULT_SLOW: usleep((useconds_t)milliseconds * 1000); break;
  default: break;
  }
  if (verdict.effect != PASS) verdict.code = failure_code(call);
  return verdict;
}

void keep_stalled(cl_event gate) {
  pthread_mutex_lock(&state.lock);
  const bool fits = state.stalled_count < MAX_STALLED;
  if (fits) state.stalled[state.stalled_count++] = gate;
  pthread_mutex_unlock(&state.lock);
  if (!fits) open_gates(&gate, 1);
}

void chorus_fault_release(void) {
  cl_event gates[MAX_STALLED];
  pthread_mutex_lock(&state.lock);
  state.releases++;
  const int count = state.stalled_count;
  memcpy(gates, state.stalled, (size_t)count * sizeof *gates);
  state.stalled_count = 0;
  pthread_cond_broadcast(&state.released);
  pthread_mutex_unlock(&state.lock);
  open_gates(gates, count);
}

void chorus_fault_reset(void) {
  pthread_mutex_lock(&state.lock);
  memset(state.armed, 0, sizeof state.armed);
  memset(state.counts, 0, sizeof state.counts);
  state.hits = 0;
  pthread_mutex_unlock(&state.lock);
  chorus_fault_release();
}

int chorus_fault_kind(const char *name) {
  for (int kind = 0; kind < CHORUS_FAULT_KINDS; kind++) {
    if (strcmp(kinds[kind].name, name) == 0) return kind;
  }
  return -1;
}

int chorus_fault_arm(int kind, long k, int device, int sticky) {
  if (kind < 0 || kind >= CHORUS_FAULT_KINDS || k < 1 || device >= MAX_DEVICES) return -1;
  int result = -1;
  pthread_mutex_lock(&state.lock);
  for (int i = 0; i < MAX_ARMED && result != 0; i++) {
    if (state.armed[i].is_armed) continue;
    state.armed[i] = (struct armed){.is_armed = true,
                                    .is_sticky = sticky != 0,
                                    .kind = kind,
                                    .device = device < 0 ? NO_DEVICE : device,
                                    .remaining = k};
    result = 0;
  }
  pthread_mutex_unlock(&state.lock);
  return result;
}

long chorus_fault_count(int kind, int device) {
  if (kind < 0 || kind >= CHORUS_FAULT_KINDS || device >= MAX_DEVICES) return 0;
  long count = 0;
  pthread_mutex_lock(&state.lock);
  if (device >= 0) {
    count = state.counts[device][kind];
  } else {
    for (int row = 0; row <= MAX_DEVICES; row++) count += state.counts[row][kind];
  }
  pthread_mutex_unlock(&state.lock);
  return count;
}

long chorus_fault_hits(void) {
  pthread_mutex_lock(&state.lock);
  const long hits = state.hits;
  pthread_mutex_unlock(&state.lock);
  return hits;
}

const char *chorus_fault_name(long hit) {
  const char *name = NULL;
  pthread_mutex_lock(&state.lock);
  if (hit >= 0 && hit < state.hits && hit < MAX_HITS) name = calls[state.hit[hit]].name;
  pthread_mutex_unlock(&state.lock);
  return name;
}

void chorus_fault_delay(int milliseconds) {
  pthread_mutex_lock(&state.lock);
  state.milliseconds = milliseconds < 0 ? 0 : milliseconds;
  pthread_mutex_unlock(&state.lock);
}

void chorus_fault_code(int code) {
  pthread_mutex_lock(&state.lock);
  state.code = code;
  pthread_mutex_unlock(&state.lock);
}

int chorus_fault_device(const void *id) { return device_of(id); }

// CHORUS_FAULT="KIND K [DEVICE] [sticky]".
__attribute__((constructor)) static void read_environment(void) {
  is_reporting = getenv("CHORUS_FAULT_REPORT") != NULL;
  const char *text = getenv("CHORUS_FAULT");
  if (text == NULL) return;
  char name[16] = "";
  long k = 0;
  int device = NO_DEVICE;
  const int found = sscanf(text, "%15s %ld %d", name, &k, &device);
  const int sticky = strstr(text, "sticky") != NULL;
  if (found >= 2 && chorus_fault_arm(chorus_fault_kind(name), k, device, sticky) == 0) return;
  fprintf(stderr, "CHORUS_FAULT=\"%s\" is not KIND K [DEVICE] [sticky]\n", text);
  // A drill that goes on without its fault would prove nothing.
  exit(2);
}

__attribute__((destructor)) static void write_report(void) {
  if (!is_reporting) return;
  for (int device = NO_DEVICE; device < device_count(); device++) {
    fprintf(stderr, "fault layer: device %d: %ld calls, %ld commands, %ld downloads, %ld launches\n",
            device, chorus_fault_count(CHORUS_FAULT_ERROR, device),
            chorus_fault_count(CHORUS_FAULT_EVENT, device),
            chorus_fault_count(CHORUS_FAULT_BITS, device),
            chorus_fault_count(CHORUS_FAULT_MEMORY, device));
  }
  const char *first = chorus_fault_name(0);
  fprintf(stderr, "fault layer: %ld hits%s%s\n", chorus_fault_hits(), first ? ", the first in " : "",
          first ? first : "");
}
