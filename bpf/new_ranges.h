/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Addresses that processes put to another use. Nobody tells of what is unmapped; but before something
 * else lies there, the kernel picks the place for it, and that is told here, before any code runs
 * there. What user space told of the range before is not true any more; until it tells anew, nothing
 * is known there. So no frame gets the name of what was unmapped.
 */
#pragma once

#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "process.h"

SEC("tp_btf/vm_unmapped_area")
int BPF_PROG(note_new_range, unsigned long address, struct vm_unmapped_area_info *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 pid = process_id(task);
	struct fb_process_space *known = bpf_map_lookup_elem(&spaces, &pid);

	/* Nothing was told that could be wrong; or there was no place, and this is an error. */
	if (!known || address & 0xfff)
		return 0;
	struct fb_new_ranges *ranges = bpf_map_lookup_elem(&new_ranges, &pid);

	if (!ranges) {
		struct fb_new_ranges none = {};

		bpf_map_update_elem(&new_ranges, &pid, &none, BPF_NOEXIST);
		ranges = bpf_map_lookup_elem(&new_ranges, &pid);
		if (!ranges)
			return 0;
	}
	__u64 at = __sync_fetch_and_add(&ranges->count, 1) & (FB_NEW_RANGES - 1);

	barrier_var(at);
	struct fb_new_range *range = &ranges->ranges[at];

	range->begin = address;
	range->end = address + info->length;
	range->since = bpf_ktime_get_ns() >> FB_STAMP_SHIFT;
	known->changed = range->since;
	return 0;
}

/* Puts what the process has mapped of late into the walk. */
static __always_inline void take_new_ranges(struct fb_walk *walk, __u32 pid,
					    const struct fb_process_space *known)
{
	walk->has_new_ranges = 0;
	if (!known || walk->now - known->changed > FB_NEW_STAMPS)
		return;
	struct fb_new_ranges *ranges = bpf_map_lookup_elem(&new_ranges, &pid);

	if (ranges) {
		walk->new_ranges = *ranges;
		walk->has_new_ranges = 1;
	}
}

/* Whether the frame at hand lies in a new range; the newest of them counts. Not static: so it is
 * verified once, and not on every way that leads here. */
__noinline int is_frame_in_new_range(struct fb_walk *walk)
{
	if (!walk)
		return 0;
	__u64 address = address_of_frame(walk);
	__u32 youngest = FB_NEW_STAMPS + 1;

	for (int i = 0; i < FB_NEW_RANGES; i++) {
		const struct fb_new_range *range = &walk->new_ranges.ranges[i];
		__u32 age = walk->now - range->since;

		if (address >= range->begin && address < range->end && age < youngest)
			youngest = age;
	}
	walk->new_since = walk->now - youngest;
	return youngest <= FB_NEW_STAMPS;
}
