/* SPDX-License-Identifier: Apache-2.0 */
/* What all samples share: functions that keep their frame, and CPU time by the thread's own clock. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A function that is called as written: neither inlined, cloned nor removed. */
#if defined(__clang__)
#define KEEP __attribute__((noinline))
#else
#define KEEP __attribute__((noipa))
#endif

/* CPU time of the calling thread, in nanoseconds. */
static inline uint64_t cpu_time(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static volatile uint64_t sink;

/* Pure computation, about 100 us of it: long against the system call that reads the clock. The
 * local that lives in memory is for gcc, which leaves the frame pointer out of a leaf function that
 * does not use the stack, whatever the options; the caller's frame would not be seen. */
static KEEP void spin(void)
{
	uint64_t x = sink | 1;
	for (int i = 0; i < 100000; i++)
		x = x * 6364136223846793005u + 1442695040888963407u;
	volatile uint64_t result = x;
	sink = result;
}

/* Spins until the thread's CPU clock shows `deadline`. Inlined: the caller is the frame to be seen. */
static inline __attribute__((always_inline)) void burn_until(uint64_t deadline)
{
	while (cpu_time() < deadline)
		spin();
}

/* The CPU seconds to run for: argument `index`, else `otherwise`; in nanoseconds. */
static inline uint64_t seconds_argument(int argc, char **argv, int index, double otherwise)
{
	double seconds = argc > index ? atof(argv[index]) : otherwise;
	return (uint64_t)(seconds * 1e9);
}

/* --- Several paths that keep their shares ------------------------------------------------------ */

/* The path that lags furthest behind its share of the `elapsed` nanoseconds. When it always runs
 * next, the shares hold in every tenth of a second. */
static inline int furthest_behind(int paths, const double *shares, const uint64_t *spent, uint64_t elapsed)
{
	int furthest = 0;
	double largest_lag = -1e18;
	for (int i = 0; i < paths; i++) {
		double lag = shares[i] * (double)elapsed - (double)spent[i];
		if (lag > largest_lag) {
			largest_lag = lag;
			furthest = i;
		}
	}
	return furthest;
}

/* 0.2 to 2.2 ms, never the same for long: no sampling rate can beat in time with it. */
static inline uint64_t random_slice(void)
{
	static uint32_t state = 2463534242u;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return 200000 + state % 2000000;
}
