/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Which processes are sampled. */
#pragma once

#include <stdbool.h>

#include "process.h"

/* Whether the running process, `pid`, is sampled. */
static __always_inline bool is_target(struct task_struct *task, __u32 pid)
{
	if (!config.only_targets)
		return true;
	struct fb_target *target = bpf_map_lookup_elem(&targets, &pid);

	if (!target || target->held)
		return false;
	__u64 start = process_start(task);

	/* User space knows the start in units of 10 ms only: the first sample sets it. */
	if (!target->process_start)
		target->process_start = start;
	/* Another start is another process, which got the id of one that ended. */
	return target->process_start == start;
}
