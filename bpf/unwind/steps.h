/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Steps from a frame to its caller's. Each returns 1 where the walk ends. User space compiles the same steps
 * for walks in copies of stacks: what they read then comes from the copy.
 */
#pragma once

#include <stdbool.h>

#ifdef __bpf__
#include "called_function.h"
#include "registers.h"
#else
#include "copied_stack.h"
#endif

/* Largest distance of a frame pointer from the stack pointer, in bytes. */
#define FB_FRAME_LIMIT (1ULL << 20)

/* Whether a user address can be code: not in the first page, and canonical (at most 57 bits). */
static __always_inline bool is_code_address(__u64 address) { return address >= 4096 && address >> 56 == 0; }

static __always_inline int stop(struct fb_walk *walk, enum fb_reach reach)
{
	walk->reach = reach;
	return 1;
}

/* Ends the walk at the thread's first frame. */
static __always_inline int reached_end(struct fb_walk *walk)
{
	return stop(walk, walk->used_frame_pointer ? FB_REACH_APPROXIMATE : FB_REACH_COMPLETE);
}

/* Makes the caller's frame the current one. */
static __always_inline int enter_caller(struct fb_walk *walk, __u64 ip, __u64 sp, __u64 bp)
{
	if (!ip)
		return stop(walk, FB_REACH_ZERO_RETURN_ADDRESS);
	if (!is_code_address(ip))
		return stop(walk, FB_REACH_BAD_PC);
	walk->ip = ip;
	walk->sp = sp;
	walk->bp = bp;
	walk->is_interrupted = 0;
	walk->is_leaf = 0;
	walk->reach_if_unmapped = FB_REACH_NONE;
	return 0;
}

/*
 * One step by the frame pointer. Where rbp cannot be one, the walk ends with the reach `otherwise`. That rbp
 * is 0 proves nothing: threads begin so, and code without frame pointers leaves it alone. Not static: it is
 * verified once.
 */
__noinline int frame_pointer_step(struct fb_walk *walk, enum fb_reach otherwise)
{
	if (!walk)
		return 1;
	__u64 bp = walk->bp;
	/* Go runs parts of its runtime on another stack, from which the chain leads back. */
	bool is_elsewhere = bp < walk->sp || bp - walk->sp >= FB_FRAME_LIMIT;
	__u64 next_bp, ip;

	if (!bp || bp & 7 || (is_elsewhere && walk->has_changed_stack))
		return stop(walk, otherwise);
	if (read_stack(walk, bp, &next_bp) || read_stack(walk, bp + 8, &ip))
		return stop(walk, is_elsewhere ? otherwise : FB_REACH_READ_RBP);
	if (!is_code_address(ip))
		return stop(walk, otherwise);
	if (is_elsewhere)
		walk->has_changed_stack = 1;
	walk->used_frame_pointer = 1;
	walk->rbp_at = -16;
	walk->step_flags = FB_STEP_IS_PLAIN | FB_STEP_BY_FRAME_POINTER;
	int stopped = enter_caller(walk, ip, bp + 16, next_bp);

	walk->reach_if_unmapped = otherwise;
	return stopped;
}

/*
 * A step in code whose language ends the chain of frame pointers with 0, which counts once the walk has
 * followed the chain: assembly may use rbp for anything.
 */
static __always_inline int chain_step(struct fb_walk *walk)
{
	if (!walk->bp && walk->used_frame_pointer)
		return reached_end(walk);
	return frame_pointer_step(walk, FB_REACH_NO_CFI);
}

/*
 * Sets `ip` to the return address of a function of which only the beginning is known, and by a guess where it
 * is: false if it does not follow a call of this function.
 */
static __always_inline bool find_call(struct fb_walk *walk, __u64 row, __u64 *ip)
{
	__u64 function = fb_row_address(row) - fb_called_distance(row) + walk->mapping.link_bias;

	return !read_stack(walk, walk->sp + fb_called_depth(row) * 8, ip) && is_call_of(walk, *ip, function);
}

/* A step from such a function to its caller at `ip`. */
static __always_inline int called_step(struct fb_walk *walk, __u64 row, __u64 ip)
{
	__u64 cfa = walk->sp + fb_called_depth(row) * 8 + 8;
	__s32 rbp_at = fb_called_rbp(row) ? -8 * (__s32)(fb_called_rbp(row) + 1) : 0;
	__u64 bp = walk->bp;

	if (rbp_at && read_stack(walk, cfa + (__s64)rbp_at, &bp))
		return stop(walk, FB_REACH_READ_RBP);
	/* Such code may use it for anything else. */
	if (!rbp_at && (bp < cfa || bp - cfa >= FB_FRAME_LIMIT))
		bp = 0;
	walk->used_frame_pointer = 1;
	walk->rbp_at = rbp_at;
	/* What the function has saved is not known either, as after a step by the frame pointer. */
	walk->step_flags = FB_STEP_IS_PLAIN | FB_STEP_BY_FRAME_POINTER;
	return enter_caller(walk, ip, cfa, bp);
}

/* A step from a function that starts threads, behind the system call. */
static __always_inline int cloning_step(struct fb_walk *walk, __u64 row)
{
	__u64 ip, called = fb_row(fb_row_address(row), fb_called_action(fb_called_distance(row), 0, 0));

	if (fb_cloning_starts_thread(row) && walk->is_leaf && !walk->leaf_registers[0])
		return reached_end(walk);
	if (find_call(walk, called, &ip))
		return called_step(walk, called, ip);
	return stop(walk, FB_REACH_NO_CFI);
}

/* From a signal trampoline to the interrupted frame, whose registers are in the ucontext. */
static __always_inline int signal_step(struct fb_walk *walk)
{
	/* uc_mcontext.gregs of struct ucontext_t; RIP, RSP and RBP by their REG_ numbers. */
	__u64 registers = walk->sp + 40;
	__u64 ip, sp, bp;

	if (read_word(walk, registers + 8 * 16, &ip) || read_word(walk, registers + 8 * 15, &sp) ||
	    read_word(walk, registers + 8 * 10, &bp))
		return stop(walk, FB_REACH_READ_CFA);
	int stopped = enter_caller(walk, ip, sp, bp);

	walk->step_flags = 0;
	walk->is_interrupted = 1;
	return stopped;
}

/* Sets `bp` to the caller's rbp, and `rbp_at` to where it was saved. Returns 0 or an error. */
static __always_inline long restore_rbp(struct fb_walk *walk, __s8 rule, __u64 cfa, __u64 *bp)
{
	walk->rbp_at = 0;
	*bp = walk->bp;
	if (!rule)
		return 0;
	if (rule == FB_RBP_AT_RBP) {
		/* Anywhere: no trail can follow. */
		walk->step_flags = 0;
		return read_stack(walk, walk->bp, bp);
	}
	walk->rbp_at = rule * 8;
	return read_stack(walk, cfa + (__s64)rule * 8, bp);
}

/* One step by a row without a CFA. Not static: it is verified once, and few frames need it. */
__noinline int special_step(struct fb_walk *walk, __u64 row)
{
	if (!walk)
		return 1;
	__u32 kind = fb_row_kind(row);
	__u64 ip;

	/* What is returned to. A thread that was interrupted there may be in any function. */
	bool is_first = (kind == FB_ROW_START || kind == FB_ROW_ROOT) && !walk->is_interrupted;

	if (kind == FB_ROW_END || is_first)
		return reached_end(walk);
	if (kind == FB_ROW_SIGNAL)
		return signal_step(walk);
	if (kind == FB_ROW_CHAIN)
		return chain_step(walk);
	if (kind == FB_ROW_CALLED && find_call(walk, row, &ip))
		return called_step(walk, row, ip);
	if (kind == FB_ROW_CLONING)
		return cloning_step(walk, row);
	if (kind == FB_ROW_GAP || kind == FB_ROW_START || kind == FB_ROW_ROOT || kind == FB_ROW_CALLED)
		return frame_pointer_step(walk, FB_REACH_NO_CFI);
	if (kind == FB_ROW_ANONYMOUS)
		return frame_pointer_step(walk, FB_REACH_JIT_NO_FP);
	if (kind >= FB_ROW_RETURN_REGISTER && kind < FB_ROW_RETURN_REGISTER + 16) {
		if (!find_register(walk, kind & 15))
			return stop(walk, FB_REACH_ODD_RETURN_ADDRESS);
		walk->step_flags = 0;
		return enter_caller(walk, walk->register_value, walk->sp + fb_row_offset(row) * 8, walk->bp);
	}
	if (kind >= FB_ROW_UNSUPPORTED_REGISTER && kind <= FB_ROW_ODD_RBP)
		return stop(walk, kind - FB_ROW_UNSUPPORTED_REGISTER + FB_REACH_UNSUPPORTED_REGISTER);
	return stop(walk, FB_REACH_INTERNAL);
}

static __always_inline bool has_cfa(__u32 kind)
{
	return (kind >= FB_ROW_SP && kind <= FB_ROW_DEREF_SP) ||
	       (kind >= FB_ROW_REGISTER && kind < FB_ROW_REGISTER + 16);
}

/* Sets the CFA of a row that has one. Returns FB_REACH_NONE, or why the walk ends. */
static __always_inline enum fb_reach find_cfa(struct fb_walk *walk, __u64 row, __u64 *cfa)
{
	__u32 kind = fb_row_kind(row);
	__u64 offset = fb_row_offset(row);

	if (kind == FB_ROW_SP) {
		*cfa = walk->sp + offset * 8;
	} else if (kind == FB_ROW_BP) {
		*cfa = walk->bp + offset * 8;
	} else if (kind == FB_ROW_PLT) {
		*cfa = walk->sp + 8 + ((walk->ip & 15) >= offset ? 8 : 0);
	} else if (kind == FB_ROW_DEREF_BP || kind == FB_ROW_DEREF_SP) {
		__u64 base = kind == FB_ROW_DEREF_BP ? walk->bp : walk->sp;

		walk->step_flags = 0;
		if (read_stack(walk, base + (__s64)fb_row_dereference_base(offset) * 8, cfa))
			return FB_REACH_READ_CFA;
		*cfa += (__u64)fb_row_dereference_addend(offset) * 8;
	} else {
		walk->step_flags = 0;
		if (!find_register_cfa(walk, kind & 15, offset * 8))
			return FB_REACH_UNSUPPORTED_REGISTER;
		*cfa = walk->register_value + offset * 8;
	}
	return FB_REACH_NONE;
}

/* One step by a row. */
static __always_inline int row_step(struct fb_walk *walk, __u64 row)
{
	__u64 cfa, ip, bp;

	walk->step_flags = FB_STEP_IS_PLAIN;
	if (!has_cfa(fb_row_kind(row)))
		return special_step(walk, row);
	enum fb_reach reach = find_cfa(walk, row, &cfa);

	if (reach != FB_REACH_NONE)
		return stop(walk, reach);
	/* A caller's frame lies above; only an interrupted frame may be on another stack. */
	if (cfa <= walk->sp && !walk->is_interrupted)
		return stop(walk, FB_REACH_NO_PROGRESS);
	if (read_stack(walk, cfa - 8, &ip))
		return stop(walk, FB_REACH_READ_RETURN_ADDRESS);
	/*
	 * A function that was called and would return to 0 returns nowhere: coroutines begin so. An
	 * interrupted one may be assembly whose rows are wrong at this instruction, and a frame pointer of
	 * code without rows may have led anywhere.
	 */
	if (!ip && !walk->is_interrupted && !walk->used_frame_pointer)
		return reached_end(walk);
	if (restore_rbp(walk, fb_row_rbp(row), cfa, &bp))
		return stop(walk, FB_REACH_READ_RBP);
	return enter_caller(walk, ip, cfa, bp);
}
