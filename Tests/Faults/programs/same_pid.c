/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two programs in turn, each as process PID: the kernel is asked for that number. Each runs for so
 * many seconds.
 *
 * Usage: same_pid PID ROUNDS SECONDS PROGRAM-A PROGRAM-B
 */
#define _GNU_SOURCE
#include "burn.h"

#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	pid_t requested = atoi(argv[1]);
	for (int round = 0; round < 2 * atoi(argv[2]); round++) {
		struct clone_args how = {
			.exit_signal = SIGCHLD,
			.set_tid = (uint64_t)&requested,
			.set_tid_size = 1,
		};
		long child = syscall(SYS_clone3, &how, sizeof(how));
		if (child < 0) {
			perror("clone3");
			return 1;
		}
		if (child == 0) {
			char *program = argv[4 + round % 2];
			execl(program, program, argv[3], NULL);
			_exit(127);
		}
		waitpid((pid_t)child, NULL, 0);
	}
	return 0;
}
