/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The times of samples of the event (--timeline): a list that is filled from its beginning and read when the
 * window is closed. Its length bounds its memory; a sample that finds it full is counted like any other.
 */
#pragma once

#include "counters.h"

/* A part for each generation. Mapped by user space, which reads it without a system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_tick);
} ticks SEC(".maps");

/* 0 where times are not kept. */
static __always_inline __u64 new_count_id(const struct fb_scratch *scratch)
{
	struct fb_window *window = window_of(generation_of(scratch));

	return config.tick_capacity ? __sync_fetch_and_add(&window->next_count_id, 1) : 0;
}

/* Adds a tick, where times are kept: not for other collectors, whose counts are not of samples. */
static __always_inline void keep_time(const struct fb_scratch *scratch, __u64 count_id, __u64 now)
{
	if (!config.tick_capacity || scratch->key.flags & FB_KEY_COLLECTORS)
		return;
	__u32 generation = generation_of(scratch);
	__u64 position = __sync_fetch_and_add(&window_of(generation)->ticks_used, 1);
	__u32 index = generation * config.tick_capacity + position;
	struct fb_tick *tick = position < config.tick_capacity ? bpf_map_lookup_elem(&ticks, &index) : NULL;

	if (tick) {
		tick->ns = now;
		tick->count_id = count_id;
		return;
	}
	struct fb_counters *counters = own_counters(generation);

	if (counters)
		counters->untimed++;
}
