/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Finds the mapping of an address: among those that user space has published, else by the kernel. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <stdbool.h>

#include "asked_mapping.h"
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
	walk->asked.is_current = 0;
	return true;
}

/* Copies the mapping of `address` that user space has published into the walk; false if there is none. */
static __always_inline bool take_published(struct fb_walk *walk, struct fb_recent *recent, __u64 address)
{
	struct fb_mapping_key key = {
		.prefix_length = 96,
		.space = walk->space.id,
		.address = bpf_cpu_to_be64(address),
	};
	struct fb_mapping *found = walk->space.id ? bpf_map_lookup_elem(&mappings, &key) : NULL;

	if (!found || (walk->is_in_new_range && (__s32)(found->since - walk->new_since) < 0))
		return false;
	walk->mapping = *found;
	walk->asked.is_current = 0;
	__u32 at = recent->oldest++ & (FB_RECENT_MAPPINGS - 1);
	barrier_var(at);
	recent->mappings[at] = *found;
	return true;
}

/* Copies the mapping of `address` into the walk. Returns FB_REACH_NONE, or why there is none. */
static __always_inline enum fb_reach find_mapping(struct fb_walk *walk, struct fb_recent *recent,
						  __u64 address)
{
	if (!walk->distrusts && take_recent(walk, recent, address))
		return FB_REACH_NONE;
	/* Where they differ, the kernel's answer wins. */
	if (!(has_vma_tree() && walk->distrusts) && take_published(walk, recent, address))
		return FB_REACH_NONE;
	return has_vma_tree() ? find_asked(walk, address) : FB_REACH_NO_MAPPING;
}
