/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The settings, and every map with the reason for its kind. Sizes are set before loading. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "layout.h"
#include "walk.h"

/* The only constant with storage: user space fills the whole of .rodata with it. */
const volatile struct fb_config config;

/* What one run works on: too large for the 512-byte stack. */
struct fb_scratch {
	/* Set while a run uses the scratch, in case one program interrupts another. */
	__u64 in_use;
	/* What the sample at hand weighs, and all hits of a tracepoint or uprobe so far. */
	__u64 weight;
	__u64 hits;
	struct fb_count_key key;
	/* Of the stack that was stored last. */
	__u64 stack_id;
	/*
	 * The stack at hand, padded with zeros to whole blocks. A block more than the longest stack
	 * takes: so the padding is written without a check, which the verifier would not believe.
	 */
	__u64 frames[(FB_MAX_BLOCKS + 1) * FB_BLOCK_FRAMES];
	struct fb_walk walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_scratch);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_counters);
} counters SEC(".maps");

/*
 * Preallocated, as are all hash maps here: allocating in interrupt context fails in bursts when
 * many entries are new at once.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct fb_count_key);
	__type(value, struct fb_count);
} counts SEC(".maps");

/*
 * Stack id -> where its frames are. Not BPF_MAP_TYPE_STACK_TRACE: that one has a single slot a
 * hash bucket, and loses 1-4 % of the stacks while it is 90 % empty.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct fb_stack);
} stacks SEC(".maps");

/*
 * The frames of all stacks, one after the other: a stack costs what it is long. Mapped by user
 * space, which reads it without a system call.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct fb_block);
} blocks SEC(".maps");

/* The rows of all unwind tables, one table after the other. Filled by user space through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} rows SEC(".maps");

/* A question about the kernel, put and read by user space through a mapping. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_kernel_name);
} kernel_name SEC(".maps");

/* Object index -> its table. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_object);
} objects SEC(".maps");

/*
 * What was found out about the frames that recur: direct-mapped, a part of its own for each CPU. No
 * per-CPU array: to look one up is a call before Linux 6.10. Mappable only so that it begins on a
 * page: else half of the entries would lie across two cache lines.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_known_frame);
} known_frames SEC(".maps");

/* For each CPU, what the last walk there has seen. Too large for a per-CPU map. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_trails);
} trails SEC(".maps");

/*
 * Process id -> its space, under which `mappings` has what it has mapped. A child shares its
 * parent's until one of them changes. Forks, execs and exits are followed in the kernel.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct fb_process_space);
} spaces SEC(".maps");

/* Process id -> what it maps just now. Those that have mapped nothing for longest make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct fb_new_ranges);
} new_ranges SEC(".maps");

/* (space, address) -> mapping. Tries cannot be preallocated; only user space adds entries. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1048576);
	__type(key, struct fb_mapping_key);
	__type(value, struct fb_mapping);
} mappings SEC(".maps");

/* Processes to be sampled, by pid. User space puts in the first, forks add the others. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct fb_target);
} targets SEC(".maps");

/* Threads, users, cgroups and CPUs that are wanted; see config.wanted_kinds. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct fb_wanted);
	__type(value, __u8);
} wanted SEC(".maps");

/* Pids of processes that are wanted and that user space knows nothing of. It takes them out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
} strangers SEC(".maps");

static __always_inline struct fb_counters *own_counters(void)
{
	__u32 only_entry = 0;

	return bpf_map_lookup_elem(&counters, &only_entry);
}

static __always_inline struct fb_scratch *own_scratch(void)
{
	__u32 only_entry = 0;

	return bpf_map_lookup_elem(&scratch, &only_entry);
}
