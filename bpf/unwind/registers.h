/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The registers of any frame, for those whose CFA is not relative to rsp or rbp: `_dl_runtime_resolve`, and
 * assembly. Nothing is done for them on the way; where a frame needs a register, it is looked for from that
 * frame back towards the leaf: the first callee that has saved it has the value in its frame. If none has, it
 * is still in the register, where the thread was interrupted.
 */
#pragma once

#include <stdbool.h>

#include "call_site.h"
#include "stack_window.h"
#include "trail_steps.h"

/* Callees that are searched: functions that save the register are rarely more than three frames away. */
#define FB_MOST_CALLEES 64

/* REG_* of <sys/ucontext.h> by DWARF number, four bits each from the lowest on. */
#define FB_CONTEXT_INDICES 0x76543210fa89becdULL

struct fb_register_search {
	struct fb_walk *walk;
	/* The states of this walk. */
	struct fb_trail *trail;
	/* DWARF number. */
	__u32 number;
	/* The state whose register is meant: at first that of the current frame. */
	__u32 index;
	/* 1: by the ABI functions may overwrite the register. Those of `object` are taken not to. */
	__u32 is_scratch;
	__u32 object;
	/* The value is in the walk. */
	__u32 is_found;
};

/*
 * Where the function of a frame has saved a register, by its DWARF number: words from the CFA, or FB_SLOT_*.
 * Not static: it is verified once, and not on every path.
 */
__noinline int saved_slot(__u64 frame, __u32 number)
{
	__u32 object_index = fb_frame_object(frame);
	struct fb_object *object = bpf_map_lookup_elem(&objects, &object_index);

	if (fb_frame_kind(frame) != FB_FRAME_LOCATION || !object || object->state != FB_OBJECT_READY)
		return FB_SLOT_LOST;
	__u64 offset = fb_frame_file_offset(frame) - !fb_frame_is_interrupted(frame);
	__u64 key = fb_saved_register_key(number, offset);
	__u32 low = object->first_saved, count = object->saved_count;

	/* As find_row() does, but always as many steps: an exit in each would be a path for the verifier. */
	for (int i = 0; i < FB_SAVED_REGISTERS_BITS; i++) {
		__u32 half = count >> 1;
		__u32 middle = low + half;
		__u64 *word = bpf_map_lookup_elem(&rows, &middle);

		if (!word)
			return FB_SLOT_LOST;
		__u64 is_after = (key - (*word >> 16)) >> 63;

		low += half & (__u32)(is_after - 1);
		count -= half;
	}
	__u64 *word = bpf_map_lookup_elem(&rows, &low);

	/* Words of another register: this file has none of it. */
	if (!count || !word || fb_saved_register_number(*word) != number || *word >> 16 > key)
		return FB_SLOT_LOST;
	return fb_saved_register_slot(*word);
}

/* Where a callee has left the register: as saved_slot(). */
static __always_inline int slot_in_callee(const struct fb_register_search *search, __u64 frame)
{
	if (!search->is_scratch)
		return saved_slot(frame, search->number);
	bool is_same_file =
		fb_frame_kind(frame) == FB_FRAME_LOCATION && fb_frame_object(frame) == search->object;

	return is_same_file ? FB_SLOT_UNCHANGED : FB_SLOT_LOST;
}

/* Takes the register of a state in which the thread was interrupted. Returns 1. */
static __always_inline int take_interrupted(struct fb_register_search *search)
{
	struct fb_walk *walk = search->walk;
	__u32 number = search->number & 15;

	if (!search->index) {
		walk->register_value = walk->leaf_registers[number];
		search->is_found = 1;
		return 1;
	}
	/* The frame below is the signal trampoline: see signal_step(). */
	__u64 context = step_of(search->trail, search->index - 1)->sp + 40;
	__u64 index = FB_CONTEXT_INDICES >> (number * 4) & 15;

	search->is_found = !bpf_probe_read_user(&walk->register_value, sizeof(walk->register_value),
						(void *)(context + 8 * index));
	return 1;
}

/* Looks for the register of a state in its callee; 1 ends the search. */
static int search_callee(__u32 unused, struct fb_register_search *search)
{
	struct fb_trail_step *state = step_of(search->trail, search->index);

	if (state->flags & FB_STEP_INTERRUPTED)
		return take_interrupted(search);
	if (!search->index)
		return 1;
	struct fb_trail_step *callee = step_of(search->trail, search->index - 1);

	/* A frame-pointer step may have skipped functions that saved the register. */
	if (callee->flags & FB_STEP_BY_FRAME_POINTER)
		return 1;
	int slot = slot_in_callee(search, callee->frame);

	if (slot == FB_SLOT_LOST)
		return 1;
	if (slot == FB_SLOT_UNCHANGED) {
		search->index--;
		return 0;
	}
	/* A caller's rsp is the CFA of its callee. */
	search->is_found =
		!bpf_probe_read_user(&search->walk->register_value, sizeof(search->walk->register_value),
				     (void *)(state->sp + (__s64)slot * 8));
	return 1;
}

/*
 * Sets `register_value` of the walk to what a register, by its DWARF number, holds in the current frame.
 * Returns 0 if that is not known. Not static: it is verified once, and not on every path.
 */
__noinline int find_register(struct fb_walk *walk, __u32 number)
{
	struct fb_trails *own = own_trails();

	if (!walk || !own)
		return 0;
	struct fb_register_search search = {
		.walk = walk,
		.trail = &own->of[own->current & 1],
		.number = number & 15,
		.index = walk->depth - 1,
		.is_scratch = FB_SCRATCH_REGISTERS >> (number & 15) & 1,
		.object = fb_frame_object(walk->frame),
	};

	if (search.index >= FB_TRAIL_STEPS)
		return 0;
	bpf_loop(FB_MOST_CALLEES, search_callee, &search, 0);
	return search.is_found;
}

/*
 * Sets `register_value` as find_register() does, for a frame whose CFA is the register + offset; 0 if it is
 * not certain. Not static: it is verified once, and not on every path.
 */
__noinline int find_register_cfa(struct fb_walk *walk, __u32 number, __u32 offset)
{
	__u64 return_address;

	if (!walk || !find_register(walk, number))
		return 0;
	if (walk->is_interrupted || !(FB_SCRATCH_REGISTERS >> (number & 15) & 1))
		return 1;
	/*
	 * It was taken for unchanged over callees, which must be a private agreement between them and this
	 * function. That is likely where it leads behind a call, but not proven.
	 */
	if (bpf_probe_read_user(&return_address, sizeof(return_address),
				(void *)(walk->register_value + offset - 8)))
		return 0;
	if (!follows_call(return_address))
		return 0;
	walk->used_frame_pointer = 1;
	return 1;
}
