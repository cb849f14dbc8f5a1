/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What the unwinding benchmark measures (config.is_trial). */
#pragma once

#include <linux/types.h>

/* A histogram of the time that a walk took for each frame: width of a slot in ns, the last one open. */
#define FB_TRIAL_SLOT_NS 5
#define FB_TRIAL_SLOTS 400

/* Stacks that are taken one way in a row: so many that the first walk, which has no trail, hardly counts. */
#define FB_TRIAL_TURN 200

/*
 * Whole runs with stacks by tables and by bpf_get_stack() are timed alike. Walks alone are timed in runs of
 * their own, since timing them takes time as well.
 */
enum fb_trial_way {
	FB_TRIAL_TABLES,
	FB_TRIAL_HELPER,
	FB_TRIAL_WALKS,
	FB_TRIAL_WAYS,
};

/* One set for each CPU. */
struct fb_trial {
	__u64 stacks;
	/* The fb_trial_way of the current stack. */
	__u64 way;
	/* Walks by tables: how many, their frames, their time, and the histogram. */
	__u64 walk_count;
	__u64 frames;
	__u64 walk_ns;
	__u64 walks[FB_TRIAL_SLOTS];
	/* Whole runs of the program, with stacks by tables and by bpf_get_stack(). */
	__u64 table_runs;
	__u64 table_ns;
	__u64 helper_runs;
	__u64 helper_ns;
};
