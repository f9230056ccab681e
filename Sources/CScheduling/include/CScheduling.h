#ifndef CHORUS_SCHEDULING_H
#define CHORUS_SCHEDULING_H

// Asks Linux to let the calling thread run soon after it wakes, in return for short turns: where a CPU device keeps
// every processor busy, a thread that only passes results on would otherwise wait for milliseconds. Needs no privilege.
// Kernels before 6.12 do not know it, and wake threads sooner by themselves. Threads that it starts are as usual.
// Returns 0, or the errno of the call that failed.
int chorus_prefer_short_turns(void);

#endif
