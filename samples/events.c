/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that causes countable events: each COUNT times, in a function of its own.
 *
 * True profile: page-faults                            main -> touch_pages            COUNT
 *               uprobe:PROGRAM:probed                  main -> call_probed -> probed  COUNT
 *               tracepoint:syscalls:sys_enter_getppid  main -> ask_for_parent         COUNT
 *               context-switches                       main -> sleep_often            COUNT, at most 3,000
 *
 * A few more page faults are on the page of the code itself and on the stack.
 *
 * Usage: events [COUNT]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
/* Pages that are touched at once; then they are given back, so that more faults need no more memory. */
#define PAGES 32768

static KEEP void touch_pages(volatile char *pages, long count)
{
	for (long i = 0; i < count; i++) {
		pages[i % PAGES * PAGE] = 1;
		if (i % PAGES == PAGES - 1)
			madvise((void *)pages, PAGES * PAGE, MADV_DONTNEED);
	}
}

KEEP void probed(void) { __asm__ volatile(""); }

static KEEP void call_probed(long count)
{
	for (long i = 0; i < count; i++)
		probed();
}

static KEEP void ask_for_parent(long count)
{
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
}

static KEEP long times_slept(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nvcsw;
}

/* A timer that fires before its thread has gone to sleep causes no switch: so switches count, not calls. */
static KEEP void sleep_often(long count)
{
	long end = times_slept() + count;

	while (times_slept() < end)
		usleep(50);
}

int main(int count, char **arguments)
{
	long times = count > 1 ? atol(arguments[1]) : 1000;
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return 1;
	/* At a program's first instructions the profiler does not know its mappings yet. */
	burn_until(cpu_time() + 50000000);
	madvise(pages, PAGES * PAGE, MADV_NOHUGEPAGE);
	touch_pages(pages, times);
	call_probed(times);
	ask_for_parent(times);
	sleep_often(times < 3000 ? times : 3000);
	return 0;
}
