/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The settings of a run. */
#pragma once

#include <linux/types.h>

#include "stack_hash.h"

/* Largest depth of a user stack, in frames (--max-depth). */
#define FB_MAX_FRAMES 2000

/* Largest depth of a kernel stack: kernel.perf_event_max_stack, which bounds bpf_get_stack(). */
#define FB_MAX_KERNEL_FRAMES 127

/* Bytes of a thread's name, with the NUL: TASK_COMM_LEN of the kernel. */
#define FB_COMM_LENGTH 16

/*
 * Patterns for thread names as a nondeterministic automaton, one bit a state (Shift-And). A byte of the name
 * moves the states that accept it on to the next one; states in `loops` (`*`) also stay. All patterns
 * together; `ends` = 0 matches every name.
 */
struct fb_names {
	__u64 starts;
	__u64 loops;
	__u64 ends;
	/* By byte: the states that accept it. */
	__u64 accepts[256];
};

/* Set before the program is loaded, constant from then on: the verifier removes what is switched off. */
struct fb_config {
	/* Inode of the pid namespace to which all process and thread ids belong. */
	__u32 pid_namespace;
	/* 1: sample only processes in the map `targets`. 0: the whole machine. */
	__u32 only_targets;
	/* 1: take kernel stacks; likewise user stacks. */
	__u32 kernel_stacks;
	__u32 user_stacks;
	/* Bits of a stack id that are used: 64, fewer only to provoke collisions in tests. */
	__u32 stack_id_bits;
	/* Blocks of the map `blocks` for each generation. */
	__u32 block_capacity;
	/* Frames of a user stack, 1 to FB_MAX_FRAMES. */
	__u32 max_depth;
	/* 1: time the walks, and take a third of the stacks by the kernel's helper; see fb_trial. */
	__u32 is_trial;
	/* 1: children of targets become targets. */
	__u32 follows_children;
	/* Kinds of the map `thread_filter` that a thread has to match: a bit 1 << fb_filter_kind each. */
	__u32 filter_kinds;
	/* Hierarchy of the cgroups in the filter, as in /proc/cgroups; 0 is version 2. */
	__u32 cgroup_hierarchy;
	/* 1: count samples of different CPUs apart; likewise of different cgroups. */
	__u32 splits_cpus;
	__u32 splits_cgroups;
	/* 1: the value of a sample is the events that it stands for. 0: it is 1, for a clock. */
	__u32 counts_events;
	/* A sample is taken of every nth hit of a tracepoint or uprobe on a CPU. */
	__u64 hit_period;
	/* 1: report processes that match the filter and have no space, in the map `unknown_processes`. */
	__u32 reports_unknown_processes;
	/* Entries of the map `ticks` for each generation; 0: times of samples are not kept. */
	__u32 tick_capacity;
	/* 1: one window, read when sampling is over. 2: windows follow each other; see fb_shared. */
	__u32 generations;
	/* Entries of the maps `counts` and `stacks` for each generation. */
	__u32 stack_capacity;
	struct fb_hash_secrets hash_secrets;
	struct fb_names names;
};
