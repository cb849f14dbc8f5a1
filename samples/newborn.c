/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that shares its creator's memory and goes no further than its first instructions: those behind
 * the system call in `start_child`. As in the C library's clone, they have no call frame information, in a
 * hole of a few bytes: the word at the new stack pointer is no return address, but what the creator has put
 * there, here the address of a function.
 *
 * True profile: start_child alone, without a caller.
 *
 * Usage: newborn [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

long start_child(uint64_t flags, const void *stack);

__asm__(".text\n"
	".balign 16\n"
	".type start_child, @function\n"
	"start_child: .cfi_startproc\n"
	"	mov $56, %eax\n"
	"	.cfi_endproc\n"
	"	syscall\n"
	"	test %eax, %eax\n"
	"1:	jz 1b\n"
	"	ret\n"
	".size start_child, . - start_child\n"
	".balign 16\n"
	".type behind_start, @function\n"
	"behind_start: .cfi_startproc\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size behind_start, . - behind_start\n");

/* What a profiler would take for callers. */
static KEEP void never_called(void) { sink++; }

static KEEP void wait_for_child(pid_t child, uint64_t end)
{
	clockid_t clock;
	struct timespec used = { 0 };

	if (clock_getcpuclockid(child, &clock))
		return;
	while ((uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec < end && !usleep(1000)) {
		if (clock_gettime(clock, &used))
			return;
	}
}

int main(int argc, char **argv)
{
	static void *stack[64];
	uint64_t time = seconds_argument(argc, argv, 1, 3);
	/* The child must end even if this process is killed. */
	struct rlimit most = { .rlim_cur = time / 1000000000u + 5, .rlim_max = time / 1000000000u + 5 };

	setrlimit(RLIMIT_CPU, &most);
	for (int i = 0; i < 64; i++)
		stack[i] = (void *)never_called;
	pid_t child = (pid_t)start_child(CLONE_VM | SIGCHLD, &stack[32]);
	if (child < 0)
		return 1;
	wait_for_child(child, time);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
