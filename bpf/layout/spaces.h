/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What processes have mapped. A space is the mappings of a process, shared with its children until one
 * changes.
 */
#pragma once

#include <linux/types.h>

/*
 * Times as stamps of 32 bits: CLOCK_MONOTONIC >> FB_STAMP_SHIFT, a unit of 66 µs. Stamps wrap around after
 * three days, so they are compared by their difference.
 */
#define FB_STAMP_SHIFT 16

/* Entries of the maps `spaces` and `mappings`, of which processes and users have shares. */
#define FB_SPACE_CAPACITY 16384
#define FB_MAPPING_CAPACITY 1048576

/* A state of a space. */
struct fb_space {
	__u32 id;
	/* Incremented when something is unmapped, after the map `mappings` was changed. */
	__u32 generation;
};

/* The value of the map `spaces`, keyed by pid. */
struct fb_process_space {
	struct fb_space space;
	/* Stamp: when it was set, or when the process last mapped something. */
	__u32 changed;
	/* Pages of code that are published. */
	__u32 code_pages;
};

/* Addresses that a process has just begun to use for something else. */
struct fb_new_range {
	__u64 begin;
	__u64 end;
	/* Stamp. */
	__u32 since;
	__u32 unused;
};

/* Ranges that are kept of a process, the newest; a power of two. */
#define FB_NEW_RANGES 8
struct fb_new_ranges {
	/* Ranges so far, also those that were replaced. */
	__u64 count;
	struct fb_new_range ranges[FB_NEW_RANGES];
};

/*
 * Stamps for which a new range is kept: an eighth of a second. User space publishes a new mapping within half
 * a millisecond if it gets a CPU.
 */
#define FB_NEW_STAMPS 2048

/* The key of the longest-prefix map `mappings`: a mapping is split into blocks of a power of two. */
struct fb_mapping_key {
	/* 32 bits of space, then the bits of the address that the block fixes. */
	__u32 prefix_length;
	__u32 space;
	/* Big endian: the trie compares from the first byte on. */
	__u64 address;
};

struct fb_mapping {
	__u64 begin;
	__u64 end;
	/* Address in memory minus file offset; and minus the address as linked. */
	__u64 offset_bias;
	__u64 link_bias;
	/* Index of the object; FB_OBJECT_NONE: executable memory without a file. */
	__u32 object;
	/* Stamp: when it was mapped. */
	__u32 since;
};

#define FB_OBJECT_NONE 0xffffffff
