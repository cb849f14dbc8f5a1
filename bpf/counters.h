/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* How the runs of the sampling programs end: each is counted as exactly one thing. */
#pragma once

#include <linux/errno.h>

#include "windows.h"

/* Not a loss (those count from 0). */
#define FB_STORED -1

static __always_inline struct fb_counters *own_counters(__u32 generation)
{
	return bpf_map_lookup_elem(&counters, &generation);
}

/* Atomic: programs of uprobes may be preempted by each other. */
static __always_inline void add(__u64 *counter, __u64 amount) { __sync_fetch_and_add(counter, amount); }

/* Counts a run that took its sample: as recorded, or as lost. */
static __always_inline void count_outcome(struct fb_counters *counters, int loss)
{
	__u32 reason = loss;

	if (reason >= FB_LOSS_REASONS) {
		add(&counters->recorded, 1);
		return;
	}
	/* Else the address is computed before the check, which the verifier refuses. */
	barrier_var(reason);
	add(&counters->lost[reason], 1);
}

/* The loss that an error of bpf_map_update_elem() means. */
static __always_inline enum fb_loss loss_of_update(long error)
{
	return error == -E2BIG ? FB_LOST_MAP_FULL : error == -EBUSY ? FB_LOST_BUSY : FB_LOST_NO_MEMORY;
}
