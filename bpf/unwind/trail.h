/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The trail of the last walk on this CPU: its states (ip, rsp, rbp), leaf first. Most of a stack does not
 * change from one sample to the next. Where a walk reaches a state of the trail, the next step is known, as
 * long as the stack still holds the same return address and the same saved rbp. Then a frame costs two
 * comparisons in memory that is read in order, instead of lookups all over it, which would be cache misses:
 * the target has used the caches since.
 *
 * A step is true for every thread of the space, and is verified in the current stack.
 */
#pragma once

#include <stdbool.h>

#include "memory_version.h"
#include "stack_window.h"
#include "steps.h"
#include "trail_steps.h"

/* Steps of the trail that are skipped for one frame, where the last stack was deeper. */
#define FB_TRAIL_SKIPS 4

/* The trails of the last and of the current walk: kept for the walk, since every frame uses them. */
struct fb_two_trails {
	struct fb_trail *last;
	struct fb_trail *current;
};

static __always_inline struct fb_two_trails start_trail(struct fb_walk *walk, struct fb_trails *trails)
{
	trails->current ^= 1;
	struct fb_two_trails two = {
		.last = &trails->of[(trails->current & 1) ^ 1],
		.current = &trails->of[trails->current & 1],
	};
	struct fb_trail *last = two.last;

	walk->is_on_trail = 0;
	walk->trail_at = 0;
	walk->trail_end = last->length;
	/* Of another space, or from before something was unmapped: not valid. */
	if (!is_same_space(&last->space, &walk->space))
		walk->trail_end = 0;
	walk->has_old_trail = last->version != walk->version;
	two.current->space = walk->space;
	two.current->version = walk->version;
	return two;
}

static __always_inline void end_trail(struct fb_walk *walk, struct fb_trail *current)
{
	current->length = walk->depth < FB_TRAIL_STEPS ? walk->depth : FB_TRAIL_STEPS;
}

/* Sets `is_on_trail`: whether the current state is one of the trail. */
static __always_inline void match_trail(struct fb_walk *walk, struct fb_trail *last)
{
	struct fb_trail_step *step = step_of(last, walk->trail_at);

	walk->is_on_trail = 0;
#pragma unroll
	for (int i = 0; i < FB_TRAIL_SKIPS; i++) {
		if (walk->trail_at < walk->trail_end && step->sp < walk->sp) {
			walk->trail_at++;
			step = step_of(last, walk->trail_at);
		}
	}
	if (walk->trail_at >= walk->trail_end)
		return;
	walk->is_on_trail = step->ip == walk->ip && step->sp == walk->sp && step->bp == walk->bp &&
			    !(step->flags & FB_STEP_INTERRUPTED) && !walk->is_interrupted;
}

/* Records the current state; the step from it is not known yet. */
static __always_inline void record_state(const struct fb_walk *walk, struct fb_trail *current, __u32 index)
{
	struct fb_trail_step *step = step_of(current, index);

	if (index >= FB_TRAIL_STEPS)
		return;
	step->ip = walk->ip;
	step->sp = walk->sp;
	step->bp = walk->bp;
	step->frame = walk->frame;
	step->flags = walk->is_interrupted ? FB_STEP_INTERRUPTED : 0;
}

/* Records the step from the state. */
static __always_inline void record_step(const struct fb_walk *walk, struct fb_trail *current, __u32 index)
{
	struct fb_trail_step *step = step_of(current, index);

	if (index >= FB_TRAIL_STEPS)
		return;
	step->rbp_at = walk->rbp_at;
	step->flags |= walk->step_flags;
}

/* Takes the step of the last walk, if the stack still leads there; else false. */
static __always_inline bool follow_trail(struct fb_walk *walk, struct fb_two_trails *trails, __u32 index)
{
	struct fb_trail *last = trails->last;
	__u32 at = walk->trail_at;
	struct fb_trail_step *here = step_of(last, at), *next = step_of(last, at + 1);
	__u64 word;

	if (!(here->flags & FB_STEP_IS_PLAIN) || at + 1 >= walk->trail_end)
		return false;
	if (read_stack(walk, next->sp - 8, &word) || word != next->ip)
		return false;
	if (here->rbp_at && (read_stack(walk, next->sp + here->rbp_at, &word) || word != next->bp))
		return false;
	if (index < FB_TRAIL_STEPS)
		*step_of(trails->current, index) = *here;
	if (here->flags & FB_STEP_BY_FRAME_POINTER)
		walk->used_frame_pointer = 1;
	walk->frame = here->frame;
	walk->ip = next->ip;
	walk->sp = next->sp;
	walk->bp = next->bp;
	walk->reach_if_unmapped = FB_REACH_NONE;
	walk->trail_at = at + 1;
	return true;
}
