/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The settings, the shared state, and every map with the reason for its kind. Sizes are set before loading.
 * Swift's `MapName` lists the maps; a test compares the two.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "layout.h"
#include "unwind/walk.h"

/* The only constant with storage: user space fills the whole of .rodata with it. */
const volatile struct fb_config config;

/* The only variable with storage: user space maps the whole of .bss as it. */
struct fb_shared shared;

/* The working memory of one run: too large for the 512-byte stack. */
struct fb_scratch {
	/* 1 while a run uses it: a run may interrupt another one. */
	__u64 in_use;
	/* The generation that this run counts in, 0 or 1. */
	__u64 generation;
	/* The value of this sample in the event's unit. */
	__u64 value;
	/* Hits of the tracepoint or uprobe on this CPU, since the program was loaded. */
	__u64 hits;
	struct fb_count_key key;
	/* Id of the stack that was stored last. */
	__u64 stack_id;
	/*
	 * The current stack, padded with zeros to whole blocks. One block larger than the longest stack, so
	 * that the padding needs no bounds check, which the verifier would not understand.
	 */
	__u64 frames[(FB_MAX_BLOCKS + 1) * FB_BLOCK_FRAMES];
	struct fb_walk walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_scratch);
} scratches SEC(".maps");

/* An entry for each generation: user space resets one whole, while the other one counts. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_counters);
} counters SEC(".maps");

/*
 * The samples of all generations. Preallocated, as are all hash maps here: allocating in interrupt context
 * fails in bursts when many entries are new at once.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct fb_count_key);
	__type(value, struct fb_count);
} counts SEC(".maps");

/*
 * Stack id -> where its frames are, of all generations. Not BPF_MAP_TYPE_STACK_TRACE: that one has a single
 * slot for each hash bucket, and loses 1-4 % of the stacks while it is 90 % empty.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct fb_stack);
} stacks SEC(".maps");

/*
 * The frames of all stacks, one after the other, so that a stack takes memory by its length; a part for each
 * generation. Mapped by user space, which reads it without a system call.
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

/* A kernel address and its name, written and read by user space through a mapping. */
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
 * A cache of frames that recur: direct-mapped, a part for each CPU. Not a per-CPU array, whose lookup is a
 * call before Linux 6.10. Mappable only so that it begins on a page: else half of the entries would lie
 * across two cache lines.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_known_frame);
} known_frames SEC(".maps");

/* For each CPU, the states that its last walk went through. Too large for a per-CPU map: 45 KB. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fb_trails);
} trails SEC(".maps");

/*
 * Process id -> its space, under which `mappings` has its mappings. A child shares its parent's until one of
 * them changes. The program follows forks, execs and exits itself.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FB_SPACE_CAPACITY);
	__type(key, __u32);
	__type(value, struct fb_process_space);
} spaces SEC(".maps");

/* Process id -> its newest ranges. LRU: processes that have not mapped anything for longest are evicted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct fb_new_ranges);
} new_ranges SEC(".maps");

/* Device and inode of a file that user space holds open -> its object. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FB_FILE_CAPACITY);
	__type(key, struct fb_file_key);
	__type(value, struct fb_file);
} files SEC(".maps");

/* (space, address) -> mapping. Tries cannot be preallocated; only user space adds entries. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FB_MAPPING_CAPACITY);
	__type(key, struct fb_mapping_key);
	__type(value, struct fb_mapping);
} mappings SEC(".maps");

/* Processes to be sampled, by pid. User space adds the first, forks add the others. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct fb_target);
} targets SEC(".maps");

/* Threads, users, cgroups and CPUs to be sampled; see config.filter_kinds. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct fb_filter_key);
	__type(value, __u8);
} thread_filter SEC(".maps");

/* Pids of processes that match the filter and have no space. User space removes them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
} unknown_processes SEC(".maps");

static __always_inline struct fb_scratch *own_scratch(void)
{
	__u32 only_entry = 0;

	return bpf_map_lookup_elem(&scratches, &only_entry);
}
