/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Which processes and threads are sampled. */
#pragma once

#include <linux/types.h>

/* A process to be sampled: the value of the map `targets`, keyed by pid. */
struct fb_target {
	/* Start of the leader in ns since boot; 0 until the first sample of it. */
	__u64 process_start;
	/* 1: a started command before its exec. It is not sampled. */
	__u32 held;
	__u32 reserved;
};

/* What a thread is filtered by. Kinds are ANDed, values of a kind ORed. */
enum fb_filter_kind {
	FB_FILTER_THREAD,
	/* Effective user id. */
	FB_FILTER_USER,
	/* Matches everything below it, too. */
	FB_FILTER_CGROUP,
	/* Used only where the event is not bound to CPUs. */
	FB_FILTER_CPU,
};

/* The key of the map `thread_filter`. */
struct fb_filter_key {
	/* An fb_filter_kind. */
	__u32 kind;
	__u32 reserved;
	__u64 id;
};
