/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent of many short-lived children, one after the other, each of which burns some ms (3) and exits.
 *
 * True profile: in each child, main -> short_life -> burn_short. Prints the number of children.
 *
 * Usage: swarm [CHILDREN [MILLISECONDS]]
 */
#include "burn.h"

#include <sys/wait.h>
#include <unistd.h>

static KEEP void burn_short(uint64_t deadline) { burn_until(deadline); }

static KEEP void short_life(uint64_t nanoseconds)
{
	burn_short(cpu_time() + nanoseconds);
	_exit(0);
}

int main(int argc, char **argv)
{
	int children = argc > 1 ? atoi(argv[1]) : 500;
	uint64_t nanoseconds = 1000000 * (uint64_t)(argc > 2 ? atoi(argv[2]) : 3);
	for (int i = 0; i < children; i++) {
		pid_t child = fork();
		if (child == 0)
			short_life(nanoseconds);
		waitpid(child, NULL, 0);
	}
	printf("children %d\n", children);
	return 0;
}
