/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Reads the user stack through a window, some frames at a time. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "walk.h"

/*
 * Bytes that a window begins below the requested word: registers that a function saved lie below its return
 * address, and are requested next.
 */
#define FB_WINDOW_LEAD 64

#define FB_PAGE_BYTES 4096

/* Reads one word of user memory that is not near those that were read before. Returns 0 or an error. */
static __always_inline long read_word(struct fb_walk *walk, __u64 address, __u64 *word)
{
	(void)walk;
	return bpf_probe_read_user(word, sizeof(*word), (void *)address);
}

/* Moves the window to `base`, for the word at `address`. Returns 0 or an error. */
static __always_inline long move_window(struct fb_walk *walk, __u64 base, __u32 bytes, __u64 address)
{
	/* Above the first frame of the process there may be nothing to read. */
	if (address < walk->stack_end && walk->stack_end - base < bytes)
		bytes = walk->stack_end - base;
	/* For the verifier, which does not know the length. */
	if (bytes > sizeof(walk->window))
		bytes = sizeof(walk->window);
	long error = bpf_probe_read_user(walk->window, bytes, (void *)base);

	walk->window_base = base;
	walk->window_bytes = error ? 0 : bytes;
	return error;
}

static __always_inline __u32 bytes_to_end_of_page(__u64 address)
{
	return FB_PAGE_BYTES - (address & (FB_PAGE_BYTES - 1));
}

/*
 * Reads a word that is not in the window to `word` of the walk; moves the window where it can. Returns 0 or
 * an error. Not static: it is verified once, and not on every path.
 */
__noinline int read_outside(struct fb_walk *walk, __u64 address)
{
	if (!walk)
		return -1;
	/* The stack may end with the page, or begin with it. */
	if (address & 7 || (move_window(walk, address - FB_WINDOW_LEAD, walk->next_window_bytes, address) &&
			    move_window(walk, address, bytes_to_end_of_page(address), address)))
		return bpf_probe_read_user(&walk->word, sizeof(walk->word), (void *)address);
	walk->next_window_bytes = sizeof(walk->window);
	walk->word = walk->window[((address - walk->window_base) >> 3) & (FB_WINDOW_WORDS - 1)];
	return 0;
}

/* Reads one word of the stack. Returns 0 or an error. */
static __always_inline int read_stack(struct fb_walk *walk, __u64 address, __u64 *word)
{
	__u64 offset = address - walk->window_base;

	if (address & 7 || offset >= walk->window_bytes) {
		int error = read_outside(walk, address);

		*word = walk->word;
		return error;
	}
	*word = walk->window[(offset >> 3) & (FB_WINDOW_WORDS - 1)];
	return 0;
}
