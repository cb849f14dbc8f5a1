/* SPDX-License-Identifier: Apache-2.0 */
/*
 * So many execs of itself a second, for so many seconds; each burns a millisecond in burn_short and
 * exits. Prints the count.
 */
#define _GNU_SOURCE
#include "burn.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static KEEP void burn_short(uint64_t deadline) { burn_until(deadline); }

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc == 1) {
		burn_short(cpu_time() + 1000000);
		return 0;
	}
	double rate = atof(argv[1]), seconds = argc > 2 ? atof(argv[2]) : 5, start = now();
	char *arguments[] = { argv[0], NULL };
	long count = 0;
	for (double elapsed = 0; elapsed < seconds; elapsed = now() - start) {
		if ((double)count > elapsed * rate) {
			usleep(200);
			continue;
		}
		pid_t child;
		if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ))
			return 1;
		waitpid(child, NULL, 0);
		count++;
	}
	printf("%ld\n", count);
	return 0;
}
