/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "memory_order.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void fb_wait_for_running_programs(void)
{
	/* It waits for an RCU grace period, and programs run within RCU's read side. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return;
	/* Kernels with nohz_full refuse it: then as long as a thousand runs take. */
	struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	nanosleep(&pause, NULL);
}
