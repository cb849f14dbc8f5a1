/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What is known of an address of the process: its mapping, and how its frame is left. */
#pragma once

#include "mapping.h"
#include "steps.h"

/* ceil(log2) of the rows that a word of the index can stand for: all that a table may have, 4 M. */
#define FB_ROW_SEARCH_STEPS 23

/* The row that holds at `pc`, an address as linked; 0 (FB_ROW_INVALID) if there is none. */
static __always_inline __u64 find_row(const struct fb_object *object, __u64 pc)
{
	__u64 word = (pc - object->base) >> object->index_shift;

	if (pc < object->base)
		return FB_ROW_INVALID;
	/* A table ends with a gap. */
	if (word >= object->index_count)
		return (__u64)FB_ROW_GAP << 32;
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
		/* Without a branch: 1 if the row begins after pc. A branch here would double the
		 * states that the verifier visits, 23 times over. */
		__u64 is_after = (pc - (__u32)*row) >> 63;

		low += half & (__u32)(is_after - 1);
		count -= half;
	}
	__u64 *row = bpf_map_lookup_elem(&rows, &low);

	return row && (__u32)*row <= pc ? *row : FB_ROW_INVALID;
}

/* The row of `address`, whose mapping is in the walk; 0 with the walk stopped if there is none. */
static __always_inline __u64 row_of_mapped(struct fb_walk *walk, __u64 address)
{
	if (walk->mapping.object == FB_OBJECT_NONE)
		return (__u64)FB_ROW_ANONYMOUS << 32;
	__u32 object_index = walk->mapping.object;
	struct fb_object *object = bpf_map_lookup_elem(&objects, &object_index);

	if (!object) {
		stop(walk, FB_REACH_TABLE_BUDGET);
		return FB_ROW_INVALID;
	}
	object->last_used = walk->now;
	if (object->state == FB_OBJECT_NO_CFI)
		return (__u64)FB_ROW_GAP << 32;
	if (object->state != FB_OBJECT_READY) {
		object->wanted = 1;
		stop(walk,
		     object->state == FB_OBJECT_PENDING ? FB_REACH_MAPPING_PENDING : FB_REACH_TABLE_BUDGET);
		return FB_ROW_INVALID;
	}
	__u64 row = find_row(object, address - walk->mapping.link_bias);

	if (row == FB_ROW_INVALID)
		stop(walk, FB_REACH_BELOW_TABLE);
	return row;
}

static __always_inline __u64 frame_in_object(const struct fb_walk *walk, bool is_interrupted)
{
	return FB_FRAME_IN_OBJECT | (__u64)walk->mapping.object << FB_FRAME_OBJECT_SHIFT |
	       (is_interrupted ? FB_FRAME_INTERRUPTED : 0) |
	       ((walk->ip - walk->mapping.offset_bias) & FB_FRAME_OFFSET_MASK);
}

/* Looks up the frame at hand and its row; 0 with the walk stopped where there is none. */
static __always_inline __u64 look_up(struct fb_walk *walk, struct fb_recent *recent)
{
	__u64 address = address_of_frame(walk);

	walk->frame = walk->ip;
	if (!find_mapping(walk, recent, address)) {
		stop(walk, FB_REACH_NO_MAPPING);
		return FB_ROW_INVALID;
	}
	__u64 row = row_of_mapped(walk, address);

	if (walk->mapping.object == FB_OBJECT_NONE)
		return row;
	/* Nothing has called a signal trampoline: its "return address" is its first instruction, and
	 * the byte before belongs to another function. */
	walk->frame = frame_in_object(walk, walk->is_interrupted || row_kind(row) == FB_ROW_SIGNAL);
	return row;
}

/* The entry for the frame at hand, be it of this frame or of another one. */
static __always_inline struct fb_known_frame *known_frame(const struct fb_walk *walk, __u64 key)
{
	__u64 hash = (key ^ (__u64)walk->space.id << 40) * 0x9E3779B97F4A7C15ULL;
	__u32 index = walk->first_known + (hash >> (64 - FB_KNOWN_FRAMES_BITS));

	return bpf_map_lookup_elem(&known_frames, &index);
}

/* The row of the frame at hand, and how the frame is recorded; 0 with the walk stopped. */
static __always_inline __u64 row_of_frame(struct fb_walk *walk, struct fb_recent *recent)
{
	__u64 key = walk->ip << 1 | walk->is_interrupted;
	struct fb_known_frame *known = known_frame(walk, key);

	if (known && known->key == key && !walk->is_in_new_range && known->space.id == walk->space.id &&
	    known->space.generation == walk->space.generation) {
		walk->frame = known->frame;
		return known->row;
	}
	__u64 row = look_up(walk, recent);

	if (known && row != FB_ROW_INVALID) {
		known->key = key;
		known->space = walk->space;
		known->frame = walk->frame;
		known->row = row;
	}
	return row;
}
