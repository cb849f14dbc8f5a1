/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that all samples share: functions that keep their frame, and CPU time by the thread's clock. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Marks a function that is called as written: neither inlined, cloned nor removed. */
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

/*
 * Computes for about 100 us, which is long compared with the system call that reads the clock. The volatile
 * local is for gcc, which omits the frame pointer of a leaf function that does not use the stack, whatever
 * the options: then the caller's frame would be missing.
 */
static KEEP void spin(void)
{
	uint64_t x = sink | 1;
	for (int i = 0; i < 100000; i++)
		x = x * 6364136223846793005u + 1442695040888963407u;
	volatile uint64_t result = x;
	sink = result;
}

/* Spins until the thread's CPU clock reaches `deadline`. Inlined, so that the caller is the frame. */
static inline __attribute__((always_inline)) void burn_until(uint64_t deadline)
{
	while (cpu_time() < deadline)
		spin();
}

/* The CPU time to run for, in nanoseconds: argument `index` in seconds, or `otherwise` if it is missing. */
static inline uint64_t seconds_argument(int argc, char **argv, int index, double otherwise)
{
	double seconds = argc > index ? atof(argv[index]) : otherwise;
	return (uint64_t)(seconds * 1e9);
}

/* --- Several paths with given shares ----------------------------------------------------------- */

/*
 * The index of the path that is furthest behind its share of the `elapsed` nanoseconds. If it always runs
 * next, the shares hold in every tenth of a second. Without `shares` they are equal.
 */
static inline int furthest_behind(int paths, const double *shares, const uint64_t *spent, uint64_t elapsed)
{
	int furthest = 0;
	double largest_lag = -1e18;
	for (int i = 0; i < paths; i++) {
		double share = shares ? shares[i] : 1.0 / paths;
		double lag = share * (double)elapsed - (double)spent[i];
		if (lag > largest_lag) {
			largest_lag = lag;
			furthest = i;
		}
	}
	return furthest;
}

/* A time of 0.2 to 2.2 ms, in nanoseconds. It varies, so that no sampling rate is in step with it. */
static inline uint64_t random_slice(void)
{
	static uint32_t state = 2463534242u;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return 200000 + state % 2000000;
}

/* A path of a sample: uses the thread's CPU until its clock reaches `deadline`. */
typedef void path(uint64_t deadline);

/*
 * Runs the paths for `time` nanoseconds of CPU time, each for its share (equal ones without `shares`), and
 * adds what each of them used to `spent`, in nanoseconds. Inlined, so that the caller is the frame. Returns
 * the time that was used: `time` and a part of the last slice.
 */
static inline __attribute__((always_inline)) uint64_t
run_paths(int count, path *const *paths, const double *shares, uint64_t *spent, uint64_t time)
{
	uint64_t start = cpu_time(), now = start;

	while (now - start < time) {
		int next = furthest_behind(count, shares, spent, now - start);
		paths[next](now + random_slice());
		uint64_t then = now;
		now = cpu_time();
		spent[next] += now - then;
	}
	return now - start;
}
