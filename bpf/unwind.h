/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The walk up a user stack by unwind tables: a frame a step. Where there is no table, one checked
 * step by the frame pointer, which makes the stack approximate.
 */
#pragma once

#include "lookup.h"
#include "new_ranges.h"
#include "trail.h"

struct fb_unwinding {
	struct fb_scratch *into;
	struct fb_recent *recent;
	struct fb_two_trails trails;
};

static __always_inline void record_frame(struct fb_scratch *into, __u64 frame)
{
	__u32 depth = into->walk.depth;

	if (depth >= FB_MAX_FRAMES)
		return;
	barrier_var(depth);
	into->frames[depth] = frame;
	into->walk.depth = depth + 1;
}

/* One frame; 1 ends the walk. */
static int unwind_frame(__u32 index, struct fb_unwinding *with)
{
	struct fb_walk *walk = &with->into->walk;
	__u64 row;

	walk->is_in_new_range = walk->has_new_ranges && is_frame_in_new_range(walk);
	if (walk->is_on_trail && !walk->is_in_new_range && follow_trail(walk, &with->trails, index)) {
		record_frame(with->into, walk->frame);
		return 0;
	}
	row = row_of_frame(walk, with->recent);
	/* What was in rbp was no frame pointer, so this is no frame. */
	if (walk->reach == FB_REACH_NO_MAPPING && walk->reach_if_astray && !walk->is_in_new_range) {
		walk->reach = walk->reach_if_astray;
		return 1;
	}
	record_frame(with->into, walk->frame);
	note_state(walk, with->trails.current, index);
	if (row == FB_ROW_INVALID || row_step(walk, row))
		return 1;
	note_step(walk, with->trails.current, index);
	find_trail(walk, with->trails.last);
	return 0;
}

/* The walk from the registers that are in it; the frames go into the scratch. Not static: so it is
 * verified once, and not on every way that leads here. */
__noinline int unwind_user_stack(struct fb_scratch *into)
{
	struct fb_trails *trails = own_trails();

	if (!into || !trails)
		return 0; /* there is an entry for each CPU */
	struct fb_walk *walk = &into->walk;

	walk->depth = 0;
	walk->reach = FB_REACH_NONE;
	walk->is_interrupted = 1;
	walk->is_leaf = 1;
	walk->used_frame_pointer = 0;
	walk->has_changed_stack = 0;
	walk->reach_if_astray = FB_REACH_NONE;
	walk->mapping.begin = walk->mapping.end = 0;
	walk->window_base = ~0ULL - sizeof(walk->window);
	walk->first_known = bpf_get_smp_processor_id() << FB_KNOWN_FRAMES_BITS;
	struct fb_unwinding with = {
		.into = into,
		.recent = &trails->recent,
		.trails = start_trail(walk, trails),
	};

	bpf_loop(config.max_depth, unwind_frame, &with, 0);
	end_trail(walk, with.trails.current);
	if (walk->reach == FB_REACH_NONE)
		walk->reach = FB_REACH_DEPTH;
	return 0;
}
