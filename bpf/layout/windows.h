/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Windows: spans of time whose samples are read together. */
#pragma once

#include <linux/types.h>

/* How far one generation's parts of the arrays are filled. Alone on its cache line. */
struct fb_window {
	/*
	 * Blocks that are allocated, for all CPUs. Never given back, not even where the last stack did not
	 * fit: giving back while others allocate would allocate the same block twice.
	 */
	__u64 blocks_used;
	/* The next fb_count.id. */
	__u64 next_count_id;
	/* Entries of `ticks` that are taken. May exceed the capacity. */
	__u64 ticks_used;
	/* Entries of `counts` and of `stacks`; counted only where they are shared by all processes. */
	__u64 counts_used;
	__u64 stacks_used;
	__u64 reserved[3];
};

/*
 * What both sides change, in the program's .bss, which user space maps. A run reads `generation` once, at its
 * start; its lowest bit selects everything that the run counts in: an entry of `counters`, a bit of the count
 * key and of the stack's flags, a half of `blocks` and of `ticks`. To close a window, user space increments
 * `generation` and waits for an RCU grace period: then no run uses the other half any more.
 */
struct fb_shared {
	__u32 generation;
	/* The windows' lines are written by all CPUs, this one hardly ever. */
	__u32 reserved[15];
	struct fb_window windows[2];
};

#ifndef __bpf__
/*
 * Lets the runs that start from now on count in the other generation. Returns the one that they used until
 * now.
 */
static inline __u32 fb_advance_generation(struct fb_shared *shared)
{
	return __atomic_fetch_add(&shared->generation, 1, __ATOMIC_SEQ_CST) & 1;
}

static inline __u32 fb_current_generation(const struct fb_shared *shared)
{
	return __atomic_load_n(&shared->generation, __ATOMIC_RELAXED) & 1;
}

static inline struct fb_window fb_window(const struct fb_shared *shared, __u32 generation)
{
	return shared->windows[generation & 1];
}

/* For a generation that no run uses. */
static inline void fb_reset_window(struct fb_shared *shared, __u32 generation)
{
	shared->windows[generation & 1] = (struct fb_window){ 0 };
}
#endif
