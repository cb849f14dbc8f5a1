/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The state of one walk up a user stack, kept in the scratch. */
#pragma once

#include <bpf/bpf_helpers.h>

#include "layout.h"

/* Words of the stack that are read at once: one read serves some eight frames. */
#define FB_WINDOW_WORDS 64

struct fb_walk {
	/* The frame at hand. */
	__u64 ip;
	__u64 sp;
	__u64 bp;
	/* All registers at the leaf, by DWARF number: some functions keep their CFA in odd ones. */
	__u64 leaf_registers[16];
	/* The process's space, and the mapping that was met last: most frames lie where the one before
	 * lay. */
	struct fb_space space;
	struct fb_mapping mapping;
	/* Stamp. */
	__u32 now;
	/* What the process has mapped of late, and whether there is any. */
	__u32 has_new_ranges;
	struct fb_new_ranges new_ranges;
	/* The frame at hand lies in one of them, and since when it is there: a stamp. */
	__u32 is_in_new_range;
	__u32 new_since;
	/* This CPU's first entry of `known_frames`. */
	__u32 first_known;
	__u32 depth;
	/* The frame at hand as it is recorded. */
	__u64 frame;
	/* Where the step that was taken has found rbp, from the CFA on; 0 if it was in rbp. */
	__s32 rbp_at;
	/* FB_STEP_* of it. */
	__u32 step_flags;
	/* A frame pointer has led here, which may have been none: fb_reach if there is no code; else 0. */
	__u32 reach_if_astray;
	/* Steps of the last trail: the one to compare with, and how many there are. */
	__u32 trail_at;
	__u32 trail_end;
	/* The part of the stack that was read last. */
	__u64 window_base;
	__u64 window[FB_WINDOW_WORDS];
	/* fb_reach, FB_REACH_NONE while the walk goes on. */
	__u32 reach;
	/* The thread was interrupted at ip: the leaf, or what a signal handler interrupted. */
	__u8 is_interrupted;
	__u8 is_leaf;
	__u8 used_frame_pointer;
	/* The step at `trail_at` leaves from where the walk is. */
	__u8 is_on_trail;
	/* A frame pointer has led to another stack; it may do so once. */
	__u8 has_changed_stack;
};

/* A return address may be the first of the next function. */
static __always_inline __u64 address_of_frame(const struct fb_walk *walk)
{
	return walk->is_interrupted ? walk->ip : walk->ip - 1;
}

/* Where it leads to follows from (ip, rsp, rbp), the return address and the saved rbp alone. */
#define FB_STEP_IS_PLAIN 1
#define FB_STEP_BY_FRAME_POINTER 2
/* The thread was interrupted there. */
#define FB_STEP_INTERRUPTED 4

/* A state that a walk went through, and how it went on from there. */
struct fb_trail_step {
	__u64 ip;
	__u64 sp;
	__u64 bp;
	__u64 frame;
	__s32 rbp_at;
	__u32 flags;
};

/* Steps that are kept of a walk, a power of two. */
#define FB_TRAIL_STEPS 512

struct fb_trail {
	struct fb_space space;
	__u64 length;
	struct fb_trail_step steps[FB_TRAIL_STEPS];
};

/* Mappings that are looked through before the map of all of them, a power of two. */
#define FB_RECENT_MAPPINGS 8

/* Of the space of the last walk. */
struct fb_recent {
	__u64 oldest;
	struct fb_mapping mappings[FB_RECENT_MAPPINGS];
};

/* What the last walk has left; its trail and that of the walk at hand take turns. */
struct fb_trails {
	__u64 current;
	struct fb_recent recent;
	struct fb_trail of[2];
};
