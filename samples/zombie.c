/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parent that never waits for its dead child. Prints the child's id once it is a zombie.
 *
 * True profile: none, since it does not run.
 *
 * Usage: zombie
 */
#include "burn.h"

#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	siginfo_t info;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	printf("zombie %d\n", child);
	fflush(stdout);
	for (;;)
		pause();
}
