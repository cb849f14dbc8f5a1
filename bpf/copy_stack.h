/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Copies the user stack of a sample that is in a file whose table is not there yet, so that user space can
 * finish the walk: in the first milliseconds of a new program, and in files that are new to a long one.
 */
#pragma once

#include "counters.h"
#include "unwind/mapping.h"

/* Not a hash: a copy is taken once, as soon as it is there. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FB_COPIES_SIZE);
} copies SEC(".maps");

struct fb_stack_copy {
	struct fb_copied_state state;
	__u8 pages[FB_COPY_PAGES][FB_COPY_PAGE_SIZE];
};

/* Whether user space may come to know what the walk lacked. */
static __always_inline bool lacks_table(const struct fb_walk *walk)
{
	return walk->reach == FB_REACH_MAPPING_PENDING ||
	       (!has_vma_tree() && walk->reach == FB_REACH_NO_MAPPING);
}

static __always_inline void copy_state(struct fb_copied_state *state, const struct fb_scratch *scratch,
				       __u64 now)
{
	const struct fb_walk *walk = &scratch->walk;

	state->key = scratch->key;
	state->value = scratch->value;
	state->now = now;
	state->ip = walk->ip;
	state->sp = walk->sp;
	state->bp = walk->bp;
	__builtin_memcpy(state->leaf_registers, walk->leaf_registers, sizeof(state->leaf_registers));
	state->base = walk->sp & ~(FB_COPY_PAGE_SIZE - 1ULL);
	state->page_count = 0;
	state->code_pages = BPF_CORE_READ(bpf_get_current_task_btf(), mm, exec_vm);
	state->depth = walk->depth;
	state->reach_if_unmapped = walk->reach_if_unmapped;
	state->is_interrupted = walk->is_interrupted;
	state->used_frame_pointer = walk->used_frame_pointer;
	state->has_changed_stack = walk->has_changed_stack;
}

/*
 * Copies the stack of the sample in the scratch, which was counted at `now`. Where there is no space, the
 * sample stays as it is. Not static: it is verified once, and not on every path.
 */
__noinline int copy_stack(struct fb_scratch *scratch, __u64 now)
{
	struct fb_counters *counters = scratch ? own_counters(generation_of(scratch)) : NULL;

	if (!scratch || !counters || !scratch->key.user_stack)
		return 0;
	struct fb_stack_copy *copy = bpf_ringbuf_reserve(&copies, sizeof(*copy), 0);

	if (!copy) {
		add(&counters->not_copied, 1);
		return 0;
	}
	copy_state(&copy->state, scratch, now);
#pragma unroll
	for (int i = 0; i < FB_COPY_PAGES; i++) {
		/* A page behind the end of the stack, or one that is not in memory. */
		if (bpf_probe_read_user(copy->pages[i], FB_COPY_PAGE_SIZE,
					(void *)(copy->state.base + i * FB_COPY_PAGE_SIZE)))
			break;
		copy->state.page_count = i + 1;
	}
	bpf_ringbuf_submit(copy, 0);
	add(&counters->copied, 1);
	return 0;
}
