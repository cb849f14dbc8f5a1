/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The state of a walk up a user stack, in the scratch; and what the last walk leaves for the next one. */
#pragma once

#ifdef __bpf__
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#else
#include <sys/cdefs.h>
/* What the verifier visits once. */
#define __noinline static inline
#endif

#include "../layout.h"

/*
 * Words of the stack that are read at once, a power of two: a call of the kernel costs more than to copy what
 * is not needed. Shallow stacks need no more than the first window.
 */
#define FB_WINDOW_WORDS 256
#define FB_FIRST_WINDOW_WORDS 64

/* Mappings that are kept of what the kernel named in a walk: a power of two. */
#define FB_ASKED_MAPPINGS 4

/* Words of a node in the kernel's tree of mappings. */
#define FB_TREE_NODE_WORDS 32

struct fb_tree_node {
	__u64 words[FB_TREE_NODE_WORDS];
};

/* What the kernel was asked for in this walk: see asked_mapping.h. */
struct fb_asked {
	/* Replaced in turn. */
	struct fb_mapping mappings[FB_ASKED_MAPPINGS];
	/* Address in memory minus file offset, of the last one. */
	__u64 offset_bias;
	/* The kernel's mapping of the last one, and its `vm_lock_seq`. */
	__u64 vma;
	__u32 lock;
	/* A node of the kernel's tree. */
	struct fb_tree_node node;
};

/*
 * What each frame uses comes first, in as few cache lines as possible: the target has used the caches since
 * the last sample.
 */
struct fb_walk {
	/* Registers of the current frame. */
	__u64 ip;
	__u64 sp;
	__u64 bp;
	/* The current frame as it is recorded: see layout/frames.h. */
	__u64 frame;
	/* The process's space. */
	struct fb_space space;
	/* See set_memory(). Not 0: only what the kernel has answered for this version is used. */
	__u64 version;
	__u64 memory;
	/* The address of the memory in the kernel. */
	__u64 mm;
	/* The memory's `mm_lock_seq` of this version. */
	__u32 lock;
	/* Stamp of the sample. */
	__u32 now;
	/* Frames so far. */
	__u32 depth;
	/* An fb_reach; FB_REACH_NONE while the walk goes on. */
	__u32 reach;
	/* 1: the thread was interrupted at ip: the leaf, or the frame below a signal handler. */
	__u8 is_interrupted;
	__u8 is_leaf;
	__u8 used_frame_pointer;
	/* 1: a frame pointer led to another stack, which is accepted once. */
	__u8 has_changed_stack;
	/* 1: the current state is that of the step at `trail_at`. */
	__u8 is_on_trail;
	/* 1: the trail is of an earlier version, so that its frames have to be confirmed. */
	__u8 has_old_trail;
	/* 1: the process has other code mapped than is published; so only the kernel knows where. */
	__u8 is_unsettled;
	/* 1: the process mapped something just before: `new_ranges`. The current frame lies in one of them.
	 */
	__u8 has_new_ranges;
	__u8 is_in_new_range;
	/* 1: the kernel has to be asked for the mapping of the current frame, and no cache may be used. */
	__u8 distrusts;
	/* 1: the kernel has named `mapping`; the mapping of the current frame. */
	__u8 is_asked_mapping;
	__u8 is_asked_frame;
	/* Mappings in `asked` so far, with those that were replaced. */
	__u32 asked_count;
	/* This CPU's first entry of `known_frames`. */
	__u32 first_known;
	/* Steps of the last trail: the index to compare with, and their count. */
	__u32 trail_at;
	__u32 trail_end;
	/* Where the last step found the saved rbp, relative to the CFA; 0: in rbp. */
	__s32 rbp_at;
	/* FB_STEP_* of the last step. */
	__u32 step_flags;
	/*
	 * After a frame-pointer step: the fb_reach if there is no mapping here, since then rbp was not one.
	 * Else 0.
	 */
	__u32 reach_if_unmapped;
	/* The mapping of the last frame that was looked up: most frames lie in the same one. */
	struct fb_mapping mapping;
	/* Where the stack of the process's first thread ends. */
	__u64 stack_end;
	/* The part of the stack that was read last, its address and length, and the next one's. */
	__u64 window_base;
	__u32 window_bytes;
	__u32 next_window_bytes;
	__u64 window[FB_WINDOW_WORDS];
	/* What read_outside() has read. */
	__u64 word;
	/* All registers at the leaf, by DWARF number: some functions keep their CFA in unusual ones. */
	__u64 leaf_registers[16];
	/* What find_register() has found. */
	__u64 register_value;
	/* The newest range that holds the current frame is that old (a stamp). */
	__u32 new_since;
	struct fb_new_ranges new_ranges;
	struct fb_asked asked;
};

/* An address within the frame's function: a return address may be the first of the next function. */
static __always_inline __u64 address_of_frame(const struct fb_walk *walk)
{
	return walk->is_interrupted ? walk->ip : walk->ip - 1;
}

/* The caller's state follows from (ip, rsp, rbp), the return address and the saved rbp alone. */
#define FB_STEP_IS_PLAIN 1
#define FB_STEP_BY_FRAME_POINTER 2
/* The thread was interrupted there. */
#define FB_STEP_INTERRUPTED 4

/* A state of a walk, and the step from it. */
struct fb_trail_step {
	__u64 ip;
	__u64 sp;
	__u64 bp;
	__u64 frame;
	__s32 rbp_at;
	__u32 flags;
};

/* Steps that are kept of a walk: a power of two. */
#define FB_TRAIL_STEPS 512

struct fb_trail {
	struct fb_space space;
	/* As in fb_walk. */
	__u64 version;
	__u64 length;
	struct fb_trail_step steps[FB_TRAIL_STEPS];
};

/* Mappings that are searched before the map of all of them: a power of two. */
#define FB_RECENT_MAPPINGS 8

struct fb_recent_mapping {
	struct fb_mapping mapping;
	/* The version of the memory in which the kernel had it last; 0 where there are no versions. */
	__u64 version;
	/* The kernel's mapping, and its `vm_lock_seq`; 0 where it holds for that version only. */
	__u64 vma;
	__u64 lock;
};

/* Mappings that were used last in walks of one process, replaced in turn. */
struct fb_recent {
	struct fb_space space;
	/* As in fb_walk. */
	__u64 memory;
	__u64 oldest;
	struct fb_recent_mapping of[FB_RECENT_MAPPINGS];
};

/* Processes whose mappings are kept: a power of two. So those that take turns on a CPU find theirs again. */
#define FB_RECENT_BITS 3

/* What a CPU keeps from walk to walk. The trails of the last and of the current walk take turns. */
struct fb_trails {
	__u64 current;
	struct fb_recent recent[1 << FB_RECENT_BITS];
	struct fb_trail of[2];
};
