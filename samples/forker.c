/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent with children: one that exists from the start and burns all the time, and another one every
 * 40 ms, which burns 10 ms and exits.
 *
 * True profile: the first child      main -> first_child -> burn_early
 *               each of the others   main -> later_child -> burn_late
 * The parent only waits. Prints the first child's id, the number of the others, and the share of the CPU
 * time of both sides, as wait4 reports it.
 *
 * Usage: forker [CPU-SECONDS-OF-THE-FIRST-CHILD]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static KEEP void burn_early(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_late(uint64_t deadline) { burn_until(deadline); }

static KEEP void first_child(uint64_t nanoseconds)
{
	burn_early(cpu_time() + nanoseconds);
	_exit(0);
}

static KEEP void later_child(void)
{
	burn_late(cpu_time() + 10000000);
	_exit(0);
}

/* User and system time of one child, in seconds, waiting for it if `flags` is 0; else -1. */
static double reap(pid_t child, int flags)
{
	struct rusage usage;
	if (wait4(child, NULL, flags, &usage) != child)
		return -1;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	uint64_t nanoseconds = seconds_argument(argc, argv, 1, 3);
	double early, late = 0;
	int others = 0;
	pid_t first = fork();
	if (first == 0)
		first_child(nanoseconds);
	printf("first %d\n", first);
	fflush(stdout);
	while ((early = reap(first, WNOHANG)) < 0) {
		pid_t other = fork();
		if (other == 0)
			later_child();
		late += reap(other, 0);
		others++;
		usleep(40000);
	}
	printf("others %d\n", others);
	printf("early %.5f\n", early / (early + late));
	printf("late %.5f\n", late / (early + late));
	return 0;
}
