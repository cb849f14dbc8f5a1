/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The walk up a user stack by unwind tables: a frame a step. Where there is no table, one checked
 * step by the frame pointer, which makes the stack approximate.
 */
#pragma once

#include <bpf/bpf_endian.h>
#include <stdbool.h>

#include "maps.h"

/* ceil(log2) of the rows that a table may have at most, 4 M. */
#define FB_ROW_SEARCH_STEPS 23

/* A frame pointer further away than this is no frame pointer. */
#define FB_FRAME_LIMIT (1ULL << 20)

/* User addresses that can be code: not in the first page, and canonical (57 bits at most). */
static __always_inline bool is_code_address(__u64 address)
{
	return address >= 4096 && address >> 56 == 0;
}

/* One word of the user stack: from the window, which is moved there if need be. 0 is success. */
static __always_inline long read_stack(struct fb_walk *walk, __u64 address, __u64 *word)
{
	__u64 offset = address - walk->window_base;

	if (address & 7)
		return bpf_probe_read_user(word, sizeof(*word), (void *)address);
	if (offset >= sizeof(walk->window)) {
		if (bpf_probe_read_user(walk->window, sizeof(walk->window), (void *)address)) {
			/* The window would reach beyond the end of the stack. */
			walk->window_base = ~0ULL - sizeof(walk->window);
			return bpf_probe_read_user(word, sizeof(*word), (void *)address);
		}
		walk->window_base = address;
		offset = 0;
	}
	*word = walk->window[(offset >> 3) & (FB_WINDOW_WORDS - 1)];
	return 0;
}

/* Puts the mapping of `address` into the walk. */
static __always_inline bool find_mapping(struct fb_walk *walk, __u64 address)
{
	if (address >= walk->mapping.begin && address < walk->mapping.end)
		return true;
	struct fb_mapping_key key = {
		.prefix_length = 96,
		.space = walk->space.id,
		.address = bpf_cpu_to_be64(address),
	};
	struct fb_mapping *found = bpf_map_lookup_elem(&mappings, &key);

	if (!found)
		return false;
	walk->mapping = *found;
	return true;
}

static __always_inline __u32 row_kind(__u64 row)
{
	return (row >> 32) & 0xff;
}

/* The row that holds at `pc`, an address as linked; 0 (FB_ROW_INVALID) if there is none. */
static __always_inline __u64 find_row(const struct fb_object *object, __u64 pc)
{
	__u32 low = object->first_row;
	__u32 count = object->row_count;

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

static __always_inline int stop(struct fb_walk *walk, enum fb_reach reach)
{
	walk->reach = reach;
	return 1;
}

/* The thread's first frame. */
static __always_inline int reached_end(struct fb_walk *walk)
{
	return stop(walk, walk->used_frame_pointer ? FB_REACH_APPROXIMATE : FB_REACH_COMPLETE);
}

/* The frame that was left: on to its caller. */
static __always_inline int go_on(struct fb_walk *walk, __u64 ip, __u64 sp, __u64 bp)
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
	return 0;
}

/* One step by the frame pointer, if what is in rbp looks like one. */
static __always_inline int frame_pointer_step(struct fb_walk *walk, enum fb_reach otherwise)
{
	__u64 bp = walk->bp;
	__u64 next_bp, ip;

	walk->used_frame_pointer = 1;
	/* Go and some thread starts end the chain so. */
	if (!bp)
		return reached_end(walk);
	if (bp < walk->sp || bp & 7 || bp - walk->sp >= FB_FRAME_LIMIT)
		return stop(walk, otherwise);
	if (read_stack(walk, bp, &next_bp) || read_stack(walk, bp + 8, &ip))
		return stop(walk, FB_REACH_READ_RBP);
	if (!is_code_address(ip))
		return stop(walk, otherwise);
	return go_on(walk, ip, bp + 16, next_bp);
}

/* From the signal trampoline into what was interrupted: its registers are in the ucontext. */
static __always_inline int signal_step(struct fb_walk *walk)
{
	/* uc_mcontext.gregs of struct ucontext_t; RIP, RSP and RBP by their REG_ numbers. */
	__u64 registers = walk->sp + 40;
	__u64 ip, sp, bp;

	if (bpf_probe_read_user(&ip, sizeof(ip), (void *)(registers + 8 * 16)) ||
	    bpf_probe_read_user(&sp, sizeof(sp), (void *)(registers + 8 * 15)) ||
	    bpf_probe_read_user(&bp, sizeof(bp), (void *)(registers + 8 * 10)))
		return stop(walk, FB_REACH_READ_CFA);
	int stopped = go_on(walk, ip, sp, bp);

	walk->is_interrupted = 1;
	return stopped;
}

/* Where rbp was saved, and what was in it. 0 is success. */
static __always_inline long restore_rbp(struct fb_walk *walk, __s8 rule, __u64 cfa, __u64 *bp)
{
	*bp = walk->bp;
	if (!rule)
		return 0;
	if (rule == FB_RBP_AT_RBP)
		return read_stack(walk, walk->bp, bp);
	return read_stack(walk, cfa + (__s64)rule * 8, bp);
}

/* Leaves the frame by its row. */
static __always_inline int row_step(struct fb_walk *walk, __u64 row)
{
	__u32 kind = row_kind(row);
	__s8 rbp_rule = (__s8)(row >> 40);
	__u64 offset = row >> 48;
	__u64 cfa, ip, bp;

	if (kind == FB_ROW_SP) {
		cfa = walk->sp + offset * 8;
	} else if (kind == FB_ROW_BP) {
		cfa = walk->bp + offset * 8;
	} else if (kind == FB_ROW_END) {
		return reached_end(walk);
	} else if (kind == FB_ROW_SIGNAL) {
		return signal_step(walk);
	} else if (kind == FB_ROW_GAP) {
		return frame_pointer_step(walk, FB_REACH_NO_CFI);
	} else if (kind == FB_ROW_ANONYMOUS) {
		return frame_pointer_step(walk, FB_REACH_JIT_NO_FP);
	} else if (kind == FB_ROW_PLT) {
		cfa = walk->sp + 8 + ((walk->ip & 15) >= offset ? 8 : 0);
	} else if (kind == FB_ROW_DEREF_BP || kind == FB_ROW_DEREF_SP) {
		__u64 base = kind == FB_ROW_DEREF_BP ? walk->bp : walk->sp;
		/* Signed, 10 bits. */
		__s64 first = (__s64)(__s16)offset >> 6;

		if (read_stack(walk, base + first * 8, &cfa))
			return stop(walk, FB_REACH_READ_CFA);
		cfa += (offset & 63) * 8;
	} else if (kind >= FB_ROW_REGISTER && kind < FB_ROW_REGISTER + 16) {
		/* Only the leaf's registers are known. */
		if (!walk->is_leaf)
			return stop(walk, FB_REACH_UNSUPPORTED_REGISTER);
		cfa = walk->leaf_registers[kind & 15] + offset * 8;
	} else if (kind >= FB_ROW_UNSUPPORTED_REGISTER && kind <= FB_ROW_ODD_RBP) {
		return stop(walk, kind - FB_ROW_UNSUPPORTED_REGISTER + FB_REACH_UNSUPPORTED_REGISTER);
	} else {
		return stop(walk, FB_REACH_INTERNAL);
	}
	/* Frames lie one above the other; what a signal interrupted may be on another stack. */
	if (cfa <= walk->sp && !walk->is_interrupted)
		return stop(walk, FB_REACH_NO_PROGRESS);
	if (read_stack(walk, cfa - 8, &ip))
		return stop(walk, FB_REACH_READ_RETURN_ADDRESS);
	if (restore_rbp(walk, rbp_rule, cfa, &bp))
		return stop(walk, FB_REACH_READ_RBP);
	return go_on(walk, ip, cfa, bp);
}

/* The row of `address`, whose mapping is in the walk; 0 with the walk stopped if there is none. */
static __always_inline __u64 row_of_mapped(struct fb_walk *walk, __u64 address)
{
	if (walk->mapping.is_anonymous)
		return (__u64)FB_ROW_ANONYMOUS << 32;
	__u32 object_index = walk->mapping.object;
	struct fb_object *object = bpf_map_lookup_elem(&objects, &object_index);

	if (!object || object->state == FB_OBJECT_OVER_BUDGET) {
		stop(walk, FB_REACH_TABLE_BUDGET);
		return FB_ROW_INVALID;
	}
	if (object->state == FB_OBJECT_PENDING) {
		object->wanted = 1;
		stop(walk, FB_REACH_MAPPING_PENDING);
		return FB_ROW_INVALID;
	}
	if (object->state == FB_OBJECT_NO_CFI)
		return (__u64)FB_ROW_GAP << 32;
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

/* Looks the frame at hand up; its row is 0 and the walk stopped where there is none. */
static __always_inline void look_up(struct fb_walk *walk, __u64 *frame, __u64 *row)
{
	/* A return address may be the first of the next function. */
	__u64 address = walk->is_interrupted ? walk->ip : walk->ip - 1;

	*frame = walk->ip;
	*row = FB_ROW_INVALID;
	if (!find_mapping(walk, address)) {
		stop(walk, FB_REACH_NO_MAPPING);
		return;
	}
	*row = row_of_mapped(walk, address);
	if (walk->mapping.is_anonymous)
		return;
	/* Nothing has called a signal trampoline: its "return address" is its first instruction, and
	 * the byte before belongs to another function. */
	*frame = frame_in_object(walk, walk->is_interrupted || row_kind(*row) == FB_ROW_SIGNAL);
}

/* The entry for the frame at hand, be it of this frame or of another one. */
static __always_inline struct fb_known_frame *known_frame(const struct fb_walk *walk, __u64 key)
{
	__u64 hash = (key ^ (__u64)walk->space.id << 40) * 0x9E3779B97F4A7C15ULL;
	__u32 index = walk->first_known + (hash >> (64 - FB_KNOWN_FRAMES_BITS));

	return bpf_map_lookup_elem(&known_frames, &index);
}

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
static int unwind_frame(__u32 index, struct fb_scratch **with)
{
	struct fb_scratch *into = *with;
	struct fb_walk *walk = &into->walk;
	__u64 key = walk->ip << 1 | walk->is_interrupted;
	__u64 frame, row;

	/* Leaves hardly ever recur. */
	if (walk->is_leaf) {
		look_up(walk, &frame, &row);
	} else {
		struct fb_known_frame *known = known_frame(walk, key);

		if (!known)
			return stop(walk, FB_REACH_INTERNAL);
		if (known->key == key && known->space.id == walk->space.id &&
		    known->space.generation == walk->space.generation) {
			frame = known->frame;
			row = known->row;
		} else {
			look_up(walk, &frame, &row);
			if (row != FB_ROW_INVALID) {
				known->key = key;
				known->space = walk->space;
				known->frame = frame;
				known->row = row;
			}
		}
	}
	record_frame(into, frame);
	return row == FB_ROW_INVALID ? 1 : row_step(walk, row);
}

/* The walk from the registers that are in it; the frames go into the scratch. */
static __always_inline void unwind_user_stack(struct fb_scratch *into)
{
	struct fb_walk *walk = &into->walk;

	walk->depth = 0;
	walk->reach = FB_REACH_NONE;
	walk->is_interrupted = 1;
	walk->is_leaf = 1;
	walk->used_frame_pointer = 0;
	walk->mapping.begin = walk->mapping.end = 0;
	walk->first_known = bpf_get_smp_processor_id() << FB_KNOWN_FRAMES_BITS;
	walk->window_base = ~0ULL - sizeof(walk->window);
	bpf_loop(config.max_depth, unwind_frame, &into, 0);
	if (walk->reach == FB_REACH_NONE)
		walk->reach = FB_REACH_DEPTH;
}
