/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The states of walks that a CPU keeps: those of the last walk, and those of the current one so far. */
#pragma once

#include "maps.h"

static __always_inline struct fb_trails *own_trails(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&trails, &cpu);
}

static __always_inline struct fb_trail_step *step_of(struct fb_trail *trail, __u32 index)
{
	index &= FB_TRAIL_STEPS - 1;
	barrier_var(index);
	return &trail->steps[index];
}
