/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The state of one walk up a user stack, kept in the scratch. */
#pragma once

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
	/* This CPU's first entry of `known_frames`. */
	__u32 first_known;
	__u32 depth;
	/* The part of the stack that was read last. */
	__u64 window_base;
	__u64 window[FB_WINDOW_WORDS];
	/* fb_reach, FB_REACH_NONE while the walk goes on. */
	__u32 reach;
	/* The thread was interrupted at ip: the leaf, or what a signal handler interrupted. */
	__u8 is_interrupted;
	__u8 is_leaf;
	__u8 used_frame_pointer;
	__u8 reserved;
};
