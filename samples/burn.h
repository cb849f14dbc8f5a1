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

/* Whose turn it is of several paths, until a CPU time is used up. */
struct turns {
	int paths;
	/* NULL if they are equal. */
	const double *shares;
	/* CPU times of the thread, in nanoseconds: from start to end, and when the present turn began. */
	uint64_t start, end, now;
	/* The path whose turn it is, and until when. */
	int path;
	uint64_t deadline;
	/* What each path has used, in nanoseconds. */
	uint64_t spent[8];
};

/* Turns of up to 8 paths for `time` nanoseconds of CPU time. */
static inline struct turns turns_of(int paths, const double *shares, uint64_t time)
{
	struct turns turns;

	turns.paths = paths;
	turns.shares = shares;
	turns.start = turns.now = turns.deadline = cpu_time();
	turns.end = turns.start + time;
	turns.path = 0;
	for (int i = 0; i < paths; i++)
		turns.spent[i] = 0;
	return turns;
}

/*
 * Begins the next turn; 0 if the time is used up. The caller calls the path itself, so that no function of
 * this file is a frame between them, not even an inlined one.
 */
static inline int next_turn(struct turns *turns)
{
	uint64_t then = turns->now;

	turns->now = cpu_time();
	turns->spent[turns->path] += turns->now - then;
	turns->path = furthest_behind(turns->paths, turns->shares, turns->spent, turns->now - turns->start);
	turns->deadline = turns->now + random_slice();
	return turns->now < turns->end;
}
