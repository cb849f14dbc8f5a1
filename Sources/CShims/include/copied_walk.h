/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the BPF program's walk up a stack, taken in a copy of it. */
#pragma once

#include "../../../bpf/unwind/copied_stack.h"

/* Begins a walk where the BPF program had to stop. `pages` are those of the copy, and must outlive the
 * walk. */
void fb_start_in_copy(struct fb_copied_walk *walk, const struct fb_copied_state *state, const void *pages);

/* An address within the function of the current frame. */
__u64 fb_address_in_copy(const struct fb_copied_walk *walk);

/* Leaves the current frame by its row. 1 where the walk ends: the member `reach` of `walk->walk` says
 * why. */
int fb_step_in_copy(struct fb_copied_walk *walk, __u64 row);
