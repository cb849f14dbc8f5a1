/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* How stacks are stored, and how far a user stack reaches. */
#pragma once

#include <linux/types.h>

#include "config.h"

/* Frames of a block. Stacks are stored in whole blocks, the last one padded with zeros. */
#define FB_BLOCK_FRAMES 8
#define FB_MAX_BLOCKS ((FB_MAX_FRAMES + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES)

struct fb_block {
	__u64 frames[FB_BLOCK_FRAMES];
};

/* The value of the map `stacks`, keyed by a 64-bit id. The frames lie leaf first in consecutive blocks. */
struct fb_stack {
	__u32 first_block;
	/* Frames. */
	__u16 length;
	/* See fb_stack_flags(). */
	__u16 flags;
};

/* Stacks with the same frames and different flags are different stacks. */
#define FB_STACK_IS_KERNEL 1
#define FB_STACK_GENERATION_SHIFT 1
/* An fb_reach. */
#define FB_STACK_REACH_SHIFT 8

/* X(NAME, key): reasons why a frame has no row to leave it by. Each is a kind of row and a reach. */
#define FB_REFUSALS(X) \
	/* The CFA is in a register whose value in this frame is not known. */ \
	X(UNSUPPORTED_REGISTER, "unsup_reg") \
	X(UNSUPPORTED_EXPRESSION, "unsup_expr") \
	/* An offset is too large for a row. */ \
	X(DOES_NOT_FIT, "nofit") \
	/* The return address, or rbp, is not saved where it usually is. */ \
	X(ODD_RETURN_ADDRESS, "odd_ra") \
	X(ODD_RBP, "odd_rbp")

/*
 * X(NAME, key): how far a user stack reaches. From DEPTH on: why it is truncated; these keys are the raw
 * values of `Truncation` in Swift.
 */
#define FB_REACHES(X) \
	/* A kernel stack. */ \
	X(NONE, "") \
	/* To the thread's first frame, by unwind tables alone. */ \
	X(COMPLETE, "complete") \
	/* To the first frame, with at least one frame-pointer step. */ \
	X(APPROXIMATE, "approximate") \
	/* More frames than config.max_depth. */ \
	X(DEPTH, "depth") \
	X(NO_MAPPING, "no_mapping") \
	/* The unwind table is not built yet. */ \
	X(MAPPING_PENDING, "mapping_pending") \
	/* No call frame information, or code made at run time; and no frame pointer. */ \
	X(NO_CFI, "no_cfi") \
	X(JIT_NO_FP, "jit_no_fp") \
	FB_REFUSALS(X) \
	/* A word of the stack cannot be read. */ \
	X(READ_RETURN_ADDRESS, "read_ra") \
	X(READ_RBP, "read_rbp") \
	X(READ_CFA, "read_cfa") \
	X(ZERO_RETURN_ADDRESS, "ra_zero") \
	/* The return address cannot be code. */ \
	X(BAD_PC, "bad_pc") \
	/* The caller's frame would lie below this one. */ \
	X(NO_PROGRESS, "no_progress") \
	/* The address lies before the first row of its table. */ \
	X(BELOW_TABLE, "below_table") \
	/* The memory for tables is used up. */ \
	X(TABLE_BUDGET, "table_budget") \
	/* Left out whole: the map is nearly full, and the process or its user has more than a share. */ \
	X(SHARE, "share") \
	/* A defect of the program. */ \
	X(INTERNAL, "internal")

enum fb_reach {
#define FB_ENUMERATOR(name, key) FB_REACH_##name,
	FB_REACHES(FB_ENUMERATOR)
#undef FB_ENUMERATOR
};

enum {
#define FB_ONE(name, key) +1
	FB_REACH_COUNT = 0 FB_REACHES(FB_ONE)
#undef FB_ONE
};

static inline __u16 fb_stack_flags(int is_kernel, __u32 reach, __u32 generation)
{
	return (__u16)((is_kernel ? FB_STACK_IS_KERNEL : 0) | (generation & 1) << FB_STACK_GENERATION_SHIFT |
		       reach << FB_STACK_REACH_SHIFT);
}

static inline int fb_stack_is_kernel(__u16 flags) { return flags & FB_STACK_IS_KERNEL; }

static inline __u32 fb_stack_generation(__u16 flags) { return flags >> FB_STACK_GENERATION_SHIFT & 1; }

static inline __u32 fb_stack_reach(__u16 flags) { return flags >> FB_STACK_REACH_SHIFT; }

#ifndef __bpf__
/* The key of an fb_reach; NULL where there is none. */
static inline const char *fb_reach_key(__u32 reach)
{
	static const char *const keys[] = {
#define FB_KEY(name, key) key,
		FB_REACHES(FB_KEY)
#undef FB_KEY
	};

	return reach < FB_REACH_COUNT ? keys[reach] : 0;
}
#endif
