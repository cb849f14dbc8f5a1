/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <sys/resource.h>

/* A child that waits before its exec. */
struct fb_held_child {
	int pid;
	/* Write one byte to let it go; close without writing and it ends. */
	int release;
	/* After the release: end of file once the exec has succeeded, else its errno as an int. */
	int outcome;
};

/* Forks a child that will execvp `arguments` (NULL-terminated) as if we had never changed anything:
 * with the signal mask `mask`, the limit of open files `files`, and ignoring no signal. The
 * child has our standard streams and process group. Returns 0, or -1 with errno. posix_spawn
 * cannot hold a child before its exec, and Swift does not offer fork. */
int fb_spawn_held(char *const arguments[], const sigset_t *mask, const struct rlimit *files,
		  struct fb_held_child *child);
