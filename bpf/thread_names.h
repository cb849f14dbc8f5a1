/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A thread that renames itself all the time would make a count of each of its samples. So a thread has so
 * many names in a window; after that its samples are counted under the newest of them.
 */
#pragma once

#include "counters.h"
#include "shares.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FB_NAMED_THREADS);
	__type(key, __u32);
	__type(value, struct fb_thread_names);
} thread_names SEC(".maps");

/* 1: the key in the scratch has got an earlier name of its thread. Only keys that are new come here. */
__noinline int keep_name(struct fb_scratch *scratch)
{
	if (!scratch)
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 thread = secret_hash(BPF_CORE_READ(task, start_boottime) ^ (__u64)scratch->key.tid << 40);
	__u32 at = thread & (FB_NAMED_THREADS - 1);
	struct fb_thread_names *names = bpf_map_lookup_elem(&thread_names, &at);
	__u64 comm[FB_COMM_LENGTH / sizeof(__u64)];

	if (!names)
		return 0;
	__builtin_memcpy(comm, scratch->key.comm, sizeof(comm));
	__u16 hash = finish_hash(secret_hash(comm[0]) ^ comm[1]);

	/* Another thread has had the slot, or this one in an earlier window. */
	if (names->thread != thread || names->generation != generation_of(scratch)) {
		names->thread = thread;
		names->generation = generation_of(scratch);
		names->count = 0;
	}
	for (__u32 i = 0; i < FB_THREAD_NAMES; i++) {
		if (i < names->count && names->seen[i] == hash)
			return 0;
	}
	__u32 count = names->count;

	if (count < FB_THREAD_NAMES) {
		names->seen[count & (FB_THREAD_NAMES - 1)] = hash;
		names->count = count + 1;
		__builtin_memcpy(names->last, comm, sizeof(comm));
		return 0;
	}
	__builtin_memcpy(comm, names->last, sizeof(comm));
	/* Else a thread on another CPU has taken the slot meanwhile, and the name may be its. */
	if (names->thread != thread)
		return 0;
	__builtin_memcpy(scratch->key.comm, comm, sizeof(comm));
	struct fb_counters *counters = own_counters(generation_of(scratch));

	if (counters)
		add(&counters->names_kept, 1);
	return 1;
}
