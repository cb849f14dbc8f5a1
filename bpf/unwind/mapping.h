/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Finds the mapping of an address. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <stdbool.h>

#include "maps.h"

/* Index of the recent mapping that holds `address`; FB_RECENT_MAPPINGS if there is none. */
__noinline int find_recent(const struct fb_recent *recent, __u64 address)
{
	if (!recent)
		return FB_RECENT_MAPPINGS;
	for (int i = 0; i < FB_RECENT_MAPPINGS; i++) {
		if (address >= recent->mappings[i].begin && address < recent->mappings[i].end)
			return i;
	}
	return FB_RECENT_MAPPINGS;
}

/* Copies the recent mapping of `address` into the walk; false if there is none. */
static __always_inline bool take_recent(struct fb_walk *walk, const struct fb_recent *recent, __u64 address)
{
	if (address >= walk->mapping.begin && address < walk->mapping.end)
		return true;
	__u32 at = find_recent(recent, address);

	if (at >= FB_RECENT_MAPPINGS)
		return false;
	walk->mapping = recent->mappings[at];
	return true;
}

/* Copies the mapping of `address` into the walk; false if none is known. */
static __always_inline bool find_mapping(struct fb_walk *walk, struct fb_recent *recent, __u64 address)
{
	/* In a new range, recent mappings may be those from before. */
	if (!walk->is_in_new_range && take_recent(walk, recent, address))
		return true;
	struct fb_mapping_key key = {
		.prefix_length = 96,
		.space = walk->space.id,
		.address = bpf_cpu_to_be64(address),
	};
	struct fb_mapping *found = bpf_map_lookup_elem(&mappings, &key);

	if (!found || (walk->is_in_new_range && (__s32)(found->since - walk->new_since) < 0))
		return false;
	walk->mapping = *found;
	__u32 at = recent->oldest++ & (FB_RECENT_MAPPINGS - 1);
	barrier_var(at);
	recent->mappings[at] = *found;
	return true;
}
