/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Whether a frame lies in a range that the process has just begun to use for something else. */
#pragma once

#include "maps.h"

/* Copies the new ranges of the process into the walk. */
static __always_inline void take_new_ranges(struct fb_walk *walk, __u32 pid,
					    const struct fb_process_space *space)
{
	walk->has_new_ranges = 0;
	if (!space || walk->now - space->changed > FB_NEW_STAMPS)
		return;
	struct fb_new_ranges *ranges = bpf_map_lookup_elem(&new_ranges, &pid);

	if (ranges) {
		walk->new_ranges = *ranges;
		walk->has_new_ranges = 1;
	}
}

/*
 * Whether the current frame lies in a new range; sets `new_since` to the newest one. Not static: it is
 * verified once, and not on every path.
 */
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
