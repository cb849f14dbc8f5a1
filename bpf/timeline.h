/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * When each sample fell (--timeline): a list that is filled from its beginning and read when all is
 * over. Its length bounds what it costs; a sample that finds it full is counted like any other.
 */
#pragma once

#include "maps.h"

/* Mapped by user space, which reads it without a system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_tick);
} ticks SEC(".maps");

/* Of all CPUs: names given to counts, and places taken in the list. */
static __u64 counts_named;
static __u64 ticks_taken;

static __always_inline __u64 name_count(void)
{
	return config.tick_capacity ? __sync_fetch_and_add(&counts_named, 1) : 0;
}

static __always_inline void note_time(__u64 number, __u64 now)
{
	if (!config.tick_capacity)
		return;
	__u64 place = __sync_fetch_and_add(&ticks_taken, 1);
	__u32 at = place;
	struct fb_tick *tick = place < config.tick_capacity ? bpf_map_lookup_elem(&ticks, &at) : NULL;

	if (tick) {
		tick->ns = now;
		tick->number = number;
		return;
	}
	struct fb_counters *counted = own_counters();

	if (counted)
		counted->untimed++;
}
