/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What each process and user has of the maps that all of them fill, and the names of threads. */
#pragma once

#include "config.h"

/*
 * Slots of the map `shares` for each generation: a process and a user have one each, by a hash with a secret.
 * At most sixteen processes and four users can have more than their share, so that few others have the slot
 * of such a one.
 */
#define FB_PROCESS_SHARES 4096
#define FB_USER_SHARES 1024
#define FB_SHARES (FB_PROCESS_SHARES + FB_USER_SHARES)

/* What one of them has added in this generation. */
struct fb_share {
	/* Entries of `counts` and of `stacks`, and of `blocks`. */
	__u32 counts;
	__u32 stacks;
	__u32 blocks;
	__u32 unused;
};

/* Names by which samples of one thread are kept apart; a power of two. */
#define FB_THREAD_NAMES 32

/* Slots of the map `thread_names`: a thread has one, by the same hash. A power of two. */
#define FB_NAMED_THREADS 2048

struct fb_thread_names {
	/* The hash of the thread that has the slot. */
	__u64 thread;
	__u32 generation;
	__u32 count;
	/* Hashes of its names. */
	__u16 seen[FB_THREAD_NAMES];
	/* The newest of them. */
	char last[FB_COMM_LENGTH];
};
