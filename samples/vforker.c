/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent that starts children by vfork, each of which exits at once.
 *
 * True profile: main -> starts_children -> vfork, nearly all of it in the kernel. vfork keeps its
 * return address in a register: the child runs on the same stack.
 *
 * Usage: vforker [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <sys/wait.h>
#include <unistd.h>

static KEEP void starts_children(uint64_t deadline)
{
	while (cpu_time() < deadline) {
		pid_t child = vfork();
		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	starts_children(cpu_time() + seconds_argument(argc, argv, 1, 1));
	return 0;
}
