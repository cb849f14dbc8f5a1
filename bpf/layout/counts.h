/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What is counted: samples by key, their times, and how the runs of the program ended. */
#pragma once

#include <linux/types.h>

#include "config.h"

/* Samples with equal keys are counted together. Fully zeroed before it is filled: padding is part of it. */
struct fb_count_key {
	/* Start of the process's leader, in ns since boot: (pid, start) is unique while the machine is up. */
	__u64 process_start;
	/* self_exec_id of the kernel: grows with each exec. */
	__u64 exec_generation;
	/* Stack ids; 0: no stack. */
	__u64 kernel_stack;
	__u64 user_stack;
	/* Id of the cgroup where config.splits_cgroups is set, else 0. */
	__u64 cgroup;
	__u32 pid;
	__u32 tid;
	/* FB_KEY_* */
	__u32 flags;
	/* Where config.splits_cpus is set, else 0. */
	__u32 cpu;
	char comm[FB_COMM_LENGTH];
};

/* A kernel thread: it has no user stack. */
#define FB_KEY_KERNEL_THREAD 1
/* The user stack may have frames that are addresses: user space resolves them with the process's mappings. */
#define FB_KEY_HAS_ADDRESSES 2
/* The count belongs to generation 1; see fb_shared. */
#define FB_KEY_GENERATION 4
/*
 * The bits of collectors, one for each: FB_KEY_… from 1 << 16 on. A count without one is of samples of the
 * event; only these may have times, since what reads times takes each for one sample.
 */
#define FB_KEY_COLLECTORS 0xffff0000

struct fb_count {
	__u64 samples;
	/* Sum of the samples' values, in the event's unit. */
	__u64 value;
	/* CLOCK_MONOTONIC, the clock of the side-band records. */
	__u64 first_ns;
	__u64 last_ns;
	/* Sequential id that fb_tick refers to. Ids may be skipped when two CPUs race. */
	__u64 id;
};

/* The time of one sample of the event (--timeline). */
struct fb_tick {
	/* CLOCK_MONOTONIC, never 0. */
	__u64 ns;
	/* fb_count.id */
	__u64 count_id;
};

/*
 * X(NAME, key): why a run of the program recorded nothing. The keys are raw values of `LossReason` in Swift.
 */
#define FB_LOSSES(X) \
	/* The map of counts, stacks or blocks is full. */ \
	X(MAP_FULL, "map_full") \
	/* The kernel has no memory for an entry (ENOMEM). */ \
	X(NO_MEMORY, "nomem") \
	/* An entry is being changed by another CPU and stays busy (EBUSY). */ \
	X(BUSY, "busy") \
	/* The scratch of this CPU is in use by a run that was interrupted. */ \
	X(SCRATCH_BUSY, "scratch_busy") \
	/* Every id that was tried belongs to a different stack. */ \
	X(HASH_COLLISION, "hash_collision") \
	/* The map of counts is nearly full, and the process or its user has more than a share. */ \
	X(SHARE, "share")

enum fb_loss {
#define FB_ENUMERATOR(name, key) FB_LOST_##name,
	FB_LOSSES(FB_ENUMERATOR)
#undef FB_ENUMERATOR
};

enum {
#define FB_ONE(name, key) +1
	FB_LOSS_REASONS = 0 FB_LOSSES(FB_ONE)
#undef FB_ONE
};

/* The counters of one generation on one CPU. All members are __u64: user space sums them word by word. */
struct fb_counters {
	/* Runs of the program. Each ends as exactly one of idle, filtered, recorded, lost[]. */
	__u64 fired;
	__u64 idle;
	__u64 filtered;
	__u64 recorded;
	__u64 lost[FB_LOSS_REASONS];
	/* Time that the runs took. */
	__u64 ns;
	/* Stacks whose first id belonged to a different stack; most find another id. */
	__u64 collisions;
	/* Children of targets for which the map `targets` had no space. */
	__u64 forks_missed;
	/* Recorded samples for whose time the map `ticks` had no space. */
	__u64 untimed;
	/* Stacks that were copied for user space to finish; and those for which the ring had no space. */
	__u64 copied;
	__u64 not_copied;
	/* Samples that were counted under an earlier name of their thread. */
	__u64 names_kept;
};

#ifndef __bpf__
/* The key of an fb_loss; NULL where there is none. */
static inline const char *fb_loss_key(__u32 loss)
{
	static const char *const keys[] = {
#define FB_KEY(name, key) key,
		FB_LOSSES(FB_KEY)
#undef FB_KEY
	};

	return loss < FB_LOSS_REASONS ? keys[loss] : 0;
}
#endif
