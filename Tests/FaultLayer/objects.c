// A hash table of objects by address, under one lock. It never shrinks.

#include "objects.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct object {
  const void *address;
  int device;
  bool is_memory;
  bool owes_failure;  // of a queue; of an event: it has failed
  cl_uint argument;  // index of `buffer`
  cl_mem buffer;
};

static struct {
  pthread_mutex_t lock;
  struct object *slots;
  size_t capacity, count;  // the capacity is a power of two
  cl_device_id devices[MAX_DEVICES];
  int device_count;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct object *find(const void *address) {
  if (table.capacity == 0) return NULL;
  size_t slot = ((uintptr_t)address >> 4) * 0x9E3779B97F4A7C15u >> 32;
  for (;; slot++) {
    struct object *object = &table.slots[slot & (table.capacity - 1)];
    if (object->address == address || object->address == NULL) return object;
  }
}

static void grow(void) {
  struct object *old = table.slots;
  const size_t old_capacity = table.capacity;
  table.capacity = old_capacity == 0 ? 4096 : 2 * old_capacity;
  table.slots = calloc(table.capacity, sizeof *table.slots);
  if (table.slots == NULL) abort();
  for (size_t i = 0; i < old_capacity; i++) {
    if (old[i].address != NULL) *find(old[i].address) = old[i];
  }
  free(old);
}

static void set(const void *address, int device, bool is_memory) {
  if (address == NULL) return;
  pthread_mutex_lock(&table.lock);
  if (2 * table.count >= table.capacity) grow();
  struct object *object = find(address);
  if (object->address == NULL) table.count++;
  *object = (struct object){.address = address, .device = device, .is_memory = is_memory};
  pthread_mutex_unlock(&table.lock);
}

// A copy, so that no caller holds a slot without the lock.
static struct object get(const void *address) {
  struct object copy = {.device = NO_DEVICE};
  if (address == NULL) return copy;
  pthread_mutex_lock(&table.lock);
  const struct object *object = find(address);
  if (object != NULL && object->address != NULL) copy = *object;
  pthread_mutex_unlock(&table.lock);
  return copy;
}

void remember(const void *object, int device) { set(object, device, false); }
void remember_memory(cl_mem memory, int device) { set(memory, device, true); }
int device_of(const void *object) { return get(object).device; }

int device_number(cl_device_id id) {
  pthread_mutex_lock(&table.lock);
  int number = 0;
  while (number < table.device_count && table.devices[number] != id) number++;
  if (number == MAX_DEVICES) {
    number = NO_DEVICE;
  } else if (number == table.device_count) {
    table.devices[table.device_count++] = id;
  }
  pthread_mutex_unlock(&table.lock);
  return number;
}

int device_count(void) {
  pthread_mutex_lock(&table.lock);
  const int count = table.device_count;
  pthread_mutex_unlock(&table.lock);
  return count;
}

void remember_argument(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
  if (value == NULL || size != sizeof(cl_mem)) return;
  // A scalar of 8 bytes could only be mistaken for a buffer if it were the address of one.
  const cl_mem buffer = *(const cl_mem *)value;
  if (!get(buffer).is_memory) return;
  pthread_mutex_lock(&table.lock);
  struct object *object = find(kernel);
  if (object != NULL && object->address != NULL &&
      (object->buffer == NULL || index <= object->argument)) {
    object->argument = index;
    object->buffer = buffer;
  }
  pthread_mutex_unlock(&table.lock);
}

cl_mem first_buffer(cl_kernel kernel) { return get(kernel).buffer; }

static bool exchange_failure(const void *queue, bool owes) {
  bool owed = false;
  pthread_mutex_lock(&table.lock);
  struct object *object = find(queue);
  if (object != NULL && object->address != NULL) {
    owed = object->owes_failure;
    object->owes_failure = owes;
  }
  pthread_mutex_unlock(&table.lock);
  return owed;
}

void owe_failure(cl_command_queue queue) { exchange_failure(queue, true); }
bool take_failure(cl_command_queue queue) { return exchange_failure(queue, false); }

void mark_failed(cl_event event) { exchange_failure(event, true); }
bool has_failed(cl_event event) { return get(event).owes_failure; }
