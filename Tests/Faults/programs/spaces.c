/* SPDX-License-Identifier: Apache-2.0 */
/* So many children that wait, each with mappings of its own; they end with this process. Prints how many
 * there are. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int wished = argc > 1 ? atoi(argv[1]) : 1000, count = 0;
	pid_t parent = getpid();

	for (; count < wished; count++) {
		pid_t child = fork();

		if (child < 0)
			break;
		if (child > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		mmap(NULL, 12288, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (;;)
			pause();
	}
	printf("%d\n", count);
	fflush(stdout);
	for (;;)
		pause();
}
