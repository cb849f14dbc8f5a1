/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Reads the stack that is unwound, some frames at a time. */
#pragma once

#include <bpf/bpf_helpers.h>

#include "walk.h"

/* How far below the word that is asked for a window begins: what a function has saved lies below
 * its return address, and is asked for next. */
#define FB_WINDOW_LEAD 64

static __always_inline long move_window(struct fb_walk *walk, __u64 base)
{
	long error = bpf_probe_read_user(walk->window, sizeof(walk->window), (void *)base);

	walk->window_base = error ? ~0ULL - sizeof(walk->window) : base;
	return error;
}

/* One word of the stack: from the window, which is moved there if need be. 0 is success. */
static __always_inline long read_stack(struct fb_walk *walk, __u64 address, __u64 *word)
{
	__u64 offset = address - walk->window_base;

	if (address & 7)
		return bpf_probe_read_user(word, sizeof(*word), (void *)address);
	if (offset >= sizeof(walk->window)) {
		/* Near either end of the stack a window would reach beyond it. */
		if (move_window(walk, address - FB_WINDOW_LEAD) && move_window(walk, address))
			return bpf_probe_read_user(word, sizeof(*word), (void *)address);
		offset = address - walk->window_base;
	}
	*word = walk->window[(offset >> 3) & (FB_WINDOW_WORDS - 1)];
	return 0;
}
