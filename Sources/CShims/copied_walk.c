/* SPDX-License-Identifier: Apache-2.0 */
#include "copied_walk.h"

#include "../../bpf/unwind/steps.h"

void fb_start_in_copy(struct fb_copied_walk *walk, const struct fb_copied_state *state, const void *pages)
{
	memset(walk, 0, sizeof(*walk));
	walk->walk.ip = state->ip;
	walk->walk.sp = state->sp;
	walk->walk.bp = state->bp;
	memcpy(walk->walk.leaf_registers, state->leaf_registers, sizeof(state->leaf_registers));
	walk->walk.reach_if_unmapped = state->reach_if_unmapped;
	walk->walk.is_interrupted = state->is_interrupted;
	walk->walk.used_frame_pointer = state->used_frame_pointer;
	walk->walk.has_changed_stack = state->has_changed_stack;
	walk->bytes = pages;
	walk->base = state->base;
	walk->size = (__u64)state->page_count * FB_COPY_PAGE_SIZE;
	walk->is_at_leaf = state->depth == 1;
}

__u64 fb_address_in_copy(const struct fb_copied_walk *walk) { return address_of_frame(&walk->walk); }

int fb_step_in_copy(struct fb_copied_walk *walk, __u64 row)
{
	int has_ended = row_step(&walk->walk, row);

	walk->is_at_leaf = 0;
	return has_ended;
}
