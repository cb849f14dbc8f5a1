/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The walk up a user stack by unwind tables, one frame a step. Where there is no table, it takes checked
 * steps by the frame pointer, which make the stack approximate.
 */
#pragma once

#include "lookup.h"
#include "new_ranges.h"
#include "trail.h"

struct fb_walk_loop {
	struct fb_scratch *scratch;
	struct fb_recent *recent;
	struct fb_two_trails trails;
};

static __always_inline void record_frame(struct fb_scratch *scratch, __u64 frame)
{
	__u32 depth = scratch->walk.depth;

	if (depth >= FB_MAX_FRAMES)
		return;
	barrier_var(depth);
	scratch->frames[depth] = frame;
	scratch->walk.depth = depth + 1;
}

/* Whether the trail's frame is what the kernel has there, where that may have changed since the last walk. */
static __always_inline bool is_trail_true(struct fb_walk *walk, struct fb_walk_loop *loop)
{
	return !walk->has_old_trail ||
	       is_still_frame(walk, loop->recent, step_of(loop->trails.last, walk->trail_at)->frame);
}

/* Records one frame and leaves it; 1 ends the walk. */
static int unwind_frame(__u32 index, struct fb_walk_loop *loop)
{
	struct fb_walk *walk = &loop->scratch->walk;
	__u64 row;

	walk->is_in_new_range = walk->has_new_ranges && is_frame_in_new_range(walk);
	walk->distrusts = walk->is_in_new_range || walk->is_unsettled;
	if (walk->is_on_trail && !walk->distrusts && is_trail_true(walk, loop) &&
	    follow_trail(walk, &loop->trails, index)) {
		record_frame(loop->scratch, walk->frame);
		return 0;
	}
	row = row_of_frame(walk, loop->recent);
	/* rbp was not a frame pointer, so this is not a frame. In a new range, only the kernel knows that. */
	if (walk->reach == FB_REACH_NO_MAPPING && walk->reach_if_unmapped &&
	    (has_vma_tree() || !walk->is_in_new_range)) {
		walk->reach = walk->reach_if_unmapped;
		return 1;
	}
	record_frame(loop->scratch, walk->frame);
	record_state(walk, loop->trails.current, index);
	if (row == FB_ROW_INVALID || row_step(walk, row))
		return 1;
	/* What the kernel said is not known to be true in the next walk. */
	if (walk->is_asked_frame)
		walk->step_flags &= ~FB_STEP_IS_PLAIN;
	record_step(walk, loop->trails.current, index);
	match_trail(walk, loop->trails.last);
	return 0;
}

/*
 * Walks from the registers in scratch->walk; the frames go into scratch->frames. Not static: it is verified
 * once, and not on every path.
 */
__noinline int walk_user_stack(struct fb_scratch *scratch)
{
	struct fb_trails *trails = own_trails();

	/* There is an entry for each CPU: the check is for the verifier. */
	if (!scratch || !trails)
		return 0;
	struct fb_walk *walk = &scratch->walk;

	walk->depth = 0;
	walk->reach = FB_REACH_NONE;
	walk->is_interrupted = 1;
	walk->is_leaf = 1;
	walk->used_frame_pointer = 0;
	walk->has_changed_stack = 0;
	walk->reach_if_unmapped = FB_REACH_NONE;
	walk->mapping.begin = walk->mapping.end = 0;
	walk->asked_count = 0;
	walk->is_asked_mapping = 0;
	walk->window_bytes = 0;
	walk->next_window_bytes = FB_FIRST_WINDOW_WORDS * 8;
	walk->first_known = bpf_get_smp_processor_id() << FB_KNOWN_FRAMES_BITS;
	struct fb_walk_loop loop = {
		.scratch = scratch,
		.recent = recent_of(walk, trails),
		.trails = start_trail(walk, trails),
	};

	bpf_loop(config.max_depth, unwind_frame, &loop, 0);
	end_trail(walk, loop.trails.current);
	if (walk->reach == FB_REACH_NONE)
		walk->reach = FB_REACH_DEPTH;
	return 0;
}
