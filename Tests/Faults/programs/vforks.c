/* SPDX-License-Identifier: Apache-2.0 */
/* So many vforks a second, for so many seconds: children that live for microseconds. Prints the count. */
#define _GNU_SOURCE
#include "burn.h"

#include <sys/wait.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double rate = argc > 1 ? atof(argv[1]) : 6000, seconds = argc > 2 ? atof(argv[2]) : 5;
	double start = now();
	long count = 0;
	for (double elapsed = 0; elapsed < seconds; elapsed = now() - start) {
		if ((double)count > elapsed * rate) {
			usleep(100);
			continue;
		}
		pid_t child = vfork();
		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
		count++;
	}
	printf("%ld\n", count);
	return 0;
}
