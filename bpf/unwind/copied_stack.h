/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the steps of a walk read, where user space takes them in a copy of a stack: the counterpart of
 * stack_window.h and registers.h.
 */
#pragma once

#include <string.h>

#include "walk.h"

/* A walk in a copy: `size` bytes of the stack, from the address `base` on. */
struct fb_copied_walk {
	/* First: the steps know of nothing else. */
	struct fb_walk walk;
	const void *bytes;
	__u64 base;
	__u64 size;
	/* 1: the current frame is the one that the sample interrupted, to which its registers belong. */
	__u8 is_at_leaf;
};

/* Reads one word of the stack. Returns 0, or -1 where it was not copied. */
static inline long read_stack(struct fb_walk *walk, __u64 address, __u64 *word)
{
	const struct fb_copied_walk *own = (const struct fb_copied_walk *)walk;
	__u64 offset = address - own->base;

	if (own->size < sizeof(*word) || offset > own->size - sizeof(*word))
		return -1;
	memcpy(word, (const char *)own->bytes + offset, sizeof(*word));
	return 0;
}

static inline long read_word(struct fb_walk *walk, __u64 address, __u64 *word)
{
	return read_stack(walk, address, word);
}

/*
 * Sets `register_value` of the walk to what a register, by its DWARF number, holds in the current frame.
 * Returns 0 where that is not known: in all frames but the leaf, since the saved registers of callees are not
 * searched here.
 */
static inline int find_register(struct fb_walk *walk, __u32 number)
{
	const struct fb_copied_walk *own = (const struct fb_copied_walk *)walk;

	if (!own->is_at_leaf)
		return 0;
	walk->register_value = walk->leaf_registers[number & 15];
	return 1;
}

static inline int find_register_cfa(struct fb_walk *walk, __u32 number, __u32 offset)
{
	(void)offset;
	return find_register(walk, number);
}

/* Whether a return address follows a call of a function: not proven, since code is not in the copy. */
static inline int is_call_of(struct fb_walk *walk, __u64 return_address, __u64 function)
{
	(void)walk;
	(void)return_address;
	(void)function;
	return 0;
}
