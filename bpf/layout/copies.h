/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Copies of user stacks whose walk came to a file that has no table yet. The sample counts with the stack as
 * far as it was walked; when the table is there, user space finishes the walk in the copy.
 */
#pragma once

#include <linux/types.h>

#include "counts.h"

#define FB_COPY_PAGE_SIZE 4096

/*
 * Pages that are copied at most, from the one with the stack pointer on: at least 28 KB of the stack. Of
 * compilers, whose large tables take longest, nearly all stacks are shorter.
 */
#define FB_COPY_PAGES 8

/*
 * Bytes of the ring buffer `copies`: 31 copies. User space takes each within a millisecond, if it gets a CPU;
 * so that is the samples of 31 CPUs at 999 Hz, if all of them are in new files.
 */
#define FB_COPIES_SIZE (1 << 20)

/* The sample, and its walk at the frame where it had to stop; the pages follow. */
struct fb_copied_state {
	/* As it was counted. The last frame of its user stack is the one at `ip`. */
	struct fb_count_key key;
	/* Its value, and its time (CLOCK_MONOTONIC, ns). */
	__u64 value;
	__u64 now;
	/* Registers of the frame. */
	__u64 ip;
	__u64 sp;
	__u64 bp;
	/* Those of the leaf, by DWARF number. */
	__u64 leaf_registers[16];
	/* Address of the first page. */
	__u64 base;
	__u32 page_count;
	/* Pages of code that the process had mapped, by the kernel's count. */
	__u32 code_pages;
	/* Frames so far, with this one. */
	__u32 depth;
	/* As in struct fb_walk. */
	__u32 reach_if_unmapped;
	__u8 is_interrupted;
	__u8 used_frame_pointer;
	__u8 has_changed_stack;
	__u8 unused[5];
};
