/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "spawn_held.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The child: only calls that are safe after a fork in a program with threads. */
static _Noreturn void wait_and_exec(char *const arguments[], const sigset_t *mask, const struct rlimit *files,
				    int go, int outcome)
{
	char byte;
	ssize_t count;

	do
		count = read(go, &byte, 1);
	while (count < 0 && errno == EINTR);
	if (count != 1)
		_exit(127); /* the profiler is gone */
	setrlimit(RLIMIT_NOFILE, files);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(arguments[0], arguments);
	int error = errno;
	/* A pipe takes four bytes whole; if its reader has ended, the error is not needed. */
	if (write(outcome, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(error == ENOENT ? 127 : 126);
}

int fb_spawn_held(char *const arguments[], const sigset_t *mask, const struct rlimit *files,
		  struct fb_held_child *child)
{
	int go[2], outcome[2];

	if (pipe2(go, O_CLOEXEC))
		return -1;
	if (pipe2(outcome, O_CLOEXEC)) {
		int error = errno;

		close(go[0]);
		close(go[1]);
		errno = error;
		return -1;
	}
	pid_t pid = fork();

	if (pid == 0) {
		/* Our own end would keep the pipe open after the profiler's death. */
		close(go[1]);
		close(outcome[0]);
		wait_and_exec(arguments, mask, files, go[0], outcome[1]);
	}
	int error = errno;

	close(go[0]);
	close(outcome[1]);
	if (pid < 0) {
		close(go[1]);
		close(outcome[0]);
		errno = error;
		return -1;
	}
	*child = (struct fb_held_child){ pid, go[1], outcome[0] };
	return 0;
}
