/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Finds the row of a frame: cache, mapping, object, table. */
#pragma once

#include "mapping.h"
#include "steps.h"

/*
 * Steps of the binary search in the rows that a word of the index covers: ceil(log2) of 4 M, the most that a
 * table has.
 */
#define FB_ROW_SEARCH_STEPS 23

/* The row at `pc`, an address as linked; FB_ROW_INVALID (0) if there is none. */
static __always_inline __u64 find_row(const struct fb_object *object, __u64 pc)
{
	__u64 word = (pc - object->base) >> object->index_shift;

	if (pc < object->base)
		return FB_ROW_INVALID;
	/* A table ends with a gap. */
	if (word >= object->index_count)
		return fb_row(0, FB_ROW_GAP);
	__u32 at = object->first_index + word;
	__u64 *range = bpf_map_lookup_elem(&rows, &at);

	if (!range)
		return FB_ROW_INVALID;
	__u32 low = object->first_row + (__u32)*range;
	__u32 count = (*range >> 32) - (__u32)*range + 1;

	for (int i = 0; i < FB_ROW_SEARCH_STEPS && count > 1; i++) {
		__u32 half = count >> 1;
		__u32 middle = low + half;
		__u64 *row = bpf_map_lookup_elem(&rows, &middle);

		if (!row)
			return FB_ROW_INVALID;
		/*
		 * 1 if the row begins after pc, without a branch: that would double the states that the
		 * verifier visits, 23 times over.
		 */
		__u64 is_after = (pc - fb_row_address(*row)) >> 63;

		low += half & (__u32)(is_after - 1);
		count -= half;
	}
	__u64 *row = bpf_map_lookup_elem(&rows, &low);

	return row && fb_row_address(*row) <= pc ? *row : FB_ROW_INVALID;
}

/*
 * The row of `address`, whose mapping is in the walk; FB_ROW_INVALID, with the walk stopped, if there is
 * none.
 */
static __always_inline __u64 row_of_mapped(struct fb_walk *walk, __u64 address)
{
	if (walk->mapping.object == FB_OBJECT_NONE)
		return fb_row(0, FB_ROW_ANONYMOUS);
	__u32 object_index = walk->mapping.object;
	struct fb_object *object = bpf_map_lookup_elem(&objects, &object_index);

	if (!object) {
		stop(walk, FB_REACH_TABLE_BUDGET);
		return FB_ROW_INVALID;
	}
	object->last_used = walk->now;
	if (object->state == FB_OBJECT_NO_CFI)
		return fb_row(0, FB_ROW_GAP);
	if (object->state != FB_OBJECT_READY) {
		object->is_requested = 1;
		stop(walk,
		     object->state == FB_OBJECT_PENDING ? FB_REACH_MAPPING_PENDING : FB_REACH_TABLE_BUDGET);
		return FB_ROW_INVALID;
	}
	__u64 row = find_row(object, address - walk->mapping.link_bias);

	if (row == FB_ROW_INVALID)
		stop(walk, FB_REACH_BELOW_TABLE);
	return row;
}

/*
 * Finds the current frame and its row in the maps; FB_ROW_INVALID, with the walk stopped, if there is none.
 * Not static: it is verified once, and not on every path.
 */
__noinline __u64 look_up(struct fb_walk *walk, struct fb_recent *recent)
{
	if (!walk || !recent)
		return FB_ROW_INVALID;
	__u64 address = address_of_frame(walk);

	walk->frame = walk->ip;
	enum fb_reach reach = find_mapping(walk, recent, address);

	if (reach != FB_REACH_NONE) {
		stop(walk, reach);
		return FB_ROW_INVALID;
	}
	__u64 row = row_of_mapped(walk, address);

	if (walk->mapping.object == FB_OBJECT_NONE)
		return row;
	/*
	 * Signal trampolines and starts of hand-made stacks were not called: the "return address" is their
	 * first instruction, and the byte before belongs to another function. So they count as interrupted.
	 */
	bool is_exact =
		walk->is_interrupted || fb_row_kind(row) == FB_ROW_SIGNAL || fb_row_kind(row) == FB_ROW_START;

	walk->frame = fb_location_frame(walk->mapping.object, walk->ip - walk->mapping.offset_bias, is_exact);
	return row;
}

/* The entry of the cache for the current frame, whether it holds this frame or another one. */
static __always_inline struct fb_known_frame *known_frame(const struct fb_walk *walk, __u64 key)
{
	__u64 hash = (key ^ (__u64)walk->space.id << 40) * 0x9E3779B97F4A7C15ULL;
	__u32 index = walk->first_known + (hash >> (64 - FB_KNOWN_FRAMES_BITS));

	return bpf_map_lookup_elem(&known_frames, &index);
}

/* Whether the step by a row needs the frame's mapping. */
static __always_inline bool needs_mapping(__u64 row)
{
	return fb_row_kind(row) == FB_ROW_CALLED || fb_row_kind(row) == FB_ROW_CLONING;
}

/*
 * Sets the current frame as it is recorded. Returns its row; FB_ROW_INVALID, with the walk stopped, if there
 * is none.
 */
static __always_inline __u64 row_of_frame(struct fb_walk *walk, struct fb_recent *recent)
{
	__u64 key = walk->ip << 1 | walk->is_interrupted;
	struct fb_known_frame *known = known_frame(walk, key);

	if (known && known->key == key && !walk->distrusts && known->space.id == walk->space.id &&
	    known->space.generation == walk->space.generation && is_still_frame(walk, recent, known->frame)) {
		walk->is_asked_frame = 0;
		walk->frame = known->frame;
		return known->row;
	}
	__u64 row = look_up(walk, recent);

	walk->is_asked_frame = walk->is_asked_mapping;
	if (known && row != FB_ROW_INVALID && !needs_mapping(row) && !walk->is_asked_frame) {
		known->key = key;
		known->space = walk->space;
		known->frame = walk->frame;
		known->row = row;
	}
	return row;
}
