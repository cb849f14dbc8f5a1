/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Times unwinding, for the benchmark: whole runs that unwind by tables, whole runs that take the stack by the
 * kernel's helper, and walks alone. They take turns, so that they are compared under the same conditions.
 * Without `config.is_trial` the verifier removes all of it.
 */
#pragma once

#include <stdbool.h>

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
 * Whether this stack is taken by bpf_get_stack(). Turns are some samples long, since a walk depends on the
 * trail of the last one: so a turn costs what a whole profile of its way would.
 */
static __always_inline bool is_turn_of_helper(void)
{
	struct fb_trial *own = own_trial();

	if (!own)
		return false;
	own->way = own->stacks++ / FB_TRIAL_TURN % FB_TRIAL_WAYS;
	return own->way == FB_TRIAL_HELPER;
}

/* The start of the walk in ns, if it is timed; else 0. */
static __always_inline __u64 start_walk(void)
{
	struct fb_trial *own = own_trial();

	return own && own->way == FB_TRIAL_WALKS ? bpf_ktime_get_ns() : 0;
}

static __always_inline void time_walk(__u64 start, __u32 frames)
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

/* Adds a run that took a user stack. */
static __always_inline void time_run(__u64 ns)
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
