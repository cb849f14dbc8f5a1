/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Finds the mapping of an address: among those that user space has published, else by the kernel. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <stdbool.h>

#include "maps.h"
#include "recent_mappings.h"

/* Copies the mapping of `address` that user space has published into the walk; false if there is none. */
static __always_inline bool take_published(struct fb_walk *walk, __u64 address)
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
	walk->is_asked_mapping = 0;
	return true;
}

/*
 * Whether user space has published more than the kernel knows of its last answer. Copies the mapping into the
 * walk then. No copy of a mapping is kept meanwhile: on Linux 6.1 the stack is too small for it.
 */
static __always_inline bool knows_more(struct fb_walk *walk, enum fb_reach reach, __u64 address)
{
	__u64 begin = walk->mapping.begin, end = walk->mapping.end;

	/* A file that is not open, so that it is not among the known ones. */
	if (reach == FB_REACH_MAPPING_PENDING)
		return take_published(walk, address) && walk->mapping.object != FB_OBJECT_NONE &&
		       walk->mapping.offset_bias == walk->asked.offset_bias;
	if (reach != FB_REACH_NONE || walk->mapping.object != FB_OBJECT_NONE)
		return false;
	/* Memory without a file, which holds a copy of a file's text. */
	if (take_published(walk, address) && walk->mapping.object != FB_OBJECT_NONE &&
	    walk->mapping.begin >= begin && walk->mapping.end <= end)
		return true;
	walk->mapping.begin = begin;
	walk->mapping.end = end;
	walk->mapping.object = FB_OBJECT_NONE;
	return false;
}

/* Sets the walk's mapping to what the kernel names, where it counts the versions of the memory: as
 * find_asked(). */
static __always_inline enum fb_reach find_certain(struct fb_walk *walk, struct fb_recent *recent,
						  __u64 address)
{
	enum fb_reach reach = find_asked(walk, address);

	if (knows_more(walk, reach, address))
		reach = FB_REACH_NONE;
	walk->is_asked_mapping = 0;
	if (reach == FB_REACH_NONE)
		keep_recent(walk, recent, true);
	else
		walk->mapping.begin = walk->mapping.end = 0;
	return reach;
}

/*
 * Copies the mapping of `address` into the walk. Returns FB_REACH_NONE, or why there is none. Not static: it
 * is verified once, and not on every path.
 */
__noinline int find_mapping(struct fb_walk *walk, struct fb_recent *recent, __u64 address)
{
	if (!walk || !recent)
		return FB_REACH_INTERNAL;
	if (!walk->distrusts && take_recent(walk, recent, address))
		return FB_REACH_NONE;
	if (walk->version)
		return find_certain(walk, recent, address);
	/* Where they differ, the kernel's answer wins. */
	if (!(has_vma_tree() && walk->distrusts) && take_published(walk, address)) {
		keep_recent(walk, recent, false);
		return FB_REACH_NONE;
	}
	return has_vma_tree() ? find_asked(walk, address) : FB_REACH_NO_MAPPING;
}

/* Whether a frame that was found in an earlier walk is what the kernel has there now. */
static __always_inline bool is_still_frame(struct fb_walk *walk, struct fb_recent *recent, __u64 frame)
{
	__u64 address = address_of_frame(walk);

	if (!walk->version)
		return true;
	if ((address < walk->mapping.begin || address >= walk->mapping.end) &&
	    find_mapping(walk, recent, address) != FB_REACH_NONE)
		return false;
	if (walk->mapping.object == FB_OBJECT_NONE)
		return frame == walk->ip;
	return frame == fb_location_frame(walk->mapping.object, walk->ip - walk->mapping.offset_bias,
					  fb_frame_is_interrupted(frame));
}
