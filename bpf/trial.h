/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What unwinding costs, for the benchmark: whole runs that unwind by tables, whole runs that take the
 * stack by the kernel's own helper, and walks alone, in turns, so that they can be compared under the
 * same conditions. Without `config.is_trial` the verifier removes all of it.
 */
#pragma once

#include "maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_trial);
} trial SEC(".maps");

static __always_inline struct fb_trial *own_trial(void)
{
	__u32 only_entry = 0;

	return config.is_trial ? bpf_map_lookup_elem(&trial, &only_entry) : NULL;
}

/*
 * Whether it is the turn of bpf_get_stack: some samples each, as a walk finds its way by what the last
 * one has left. What a whole profile of either kind would be costs what it would.
 */
static __always_inline bool takes_turn_of_helper(void)
{
	struct fb_trial *own = own_trial();

	if (!own)
		return false;
	own->way = own->stacks++ / FB_TRIAL_TURN % FB_TRIAL_WAYS;
	return own->way == FB_TRIAL_HELPER;
}

/* When the walk begins, if it is to be timed; else 0. */
static __always_inline __u64 start_walk(void)
{
	struct fb_trial *own = own_trial();

	return own && own->way == FB_TRIAL_WALKS ? bpf_ktime_get_ns() : 0;
}

static __always_inline void note_walk(__u64 start, __u32 frames)
{
	struct fb_trial *own = own_trial();

	if (!own || !start || !frames)
		return;
	__u64 ns = bpf_ktime_get_ns() - start;
	__u64 slot = ns / frames / FB_TRIAL_SLOT_NS;

	own->walk_count++;
	own->frames += frames;
	own->walk_ns += ns;
	if (slot >= FB_TRIAL_SLOTS)
		slot = FB_TRIAL_SLOTS - 1;
	own->walks[slot]++;
}

/* A run that took a user stack has ended. */
static __always_inline void note_run(__u64 ns)
{
	struct fb_trial *own = own_trial();

	if (!own)
		return;
	if (own->way == FB_TRIAL_HELPER) {
		own->helper_runs++;
		own->helper_ns += ns;
	} else if (own->way == FB_TRIAL_TABLES) {
		own->table_runs++;
		own->table_ns += ns;
	}
}
