/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The stacks of the running thread: taken, and stored under an id. */
#pragma once

#include <linux/bpf_perf_event.h>

#include "process.h"
#include "stack_store.h"
#include "trial.h"
#include "unknown_processes.h"
#include "unwind/memory_version.h"
#include "unwind/user_registers.h"
#include "unwind/walk_stack.h"

/*
 * Stores the first `length` frames in the scratch and sets `stack_id` there. Returns FB_STORED or the loss.
 * Not static: it is verified once, and not on every path.
 */
__noinline int store_frames(struct fb_scratch *scratch, __u32 length, __u32 flags)
{
	if (!scratch)
		return FB_LOST_NO_MEMORY;
	if (length > FB_MAX_FRAMES)
		length = FB_MAX_FRAMES;
	barrier_var(length);
	/* Equal stacks have to be equal blocks. */
#pragma unroll
	for (__u32 i = 0; i < FB_BLOCK_FRAMES; i++)
		scratch->frames[length + i] = 0;
	struct fb_stack stack = {
		.length = length,
		.flags = flags,
	};

	return store_stack(scratch, &stack, &scratch->stack_id);
}

static __always_inline int store_frames_as(struct fb_scratch *scratch, __u32 length, __u32 flags, __u64 *id)
{
	int loss = store_frames(scratch, length, flags);

	if (loss == FB_STORED)
		*id = scratch->stack_id;
	return loss;
}

/* To have no kernel stack is not a loss: `id` stays 0. */
static __always_inline int take_kernel_stack(void *ctx, struct fb_scratch *scratch, __u64 *id)
{
	long bytes = bpf_get_stack(ctx, scratch->frames, FB_MAX_KERNEL_FRAMES * sizeof(__u64), 0);

	if (bytes <= 0)
		return FB_STORED;
	return store_frames_as(scratch, (__u32)bytes / sizeof(__u64),
			       fb_stack_flags(1, FB_REACH_NONE, generation_of(scratch)), id);
}

/* The user stack as the kernel finds it by frame pointers, for the benchmark. */
static __always_inline int take_stack_by_helper(void *ctx, struct fb_scratch *scratch, __u64 *id)
{
	long bytes =
		bpf_get_stack(ctx, scratch->frames, FB_MAX_KERNEL_FRAMES * sizeof(__u64), BPF_F_USER_STACK);

	if (bytes <= 0)
		return FB_STORED;
	scratch->key.flags |= FB_KEY_HAS_ADDRESSES;
	return store_frames_as(scratch, (__u32)bytes / sizeof(__u64),
			       fb_stack_flags(0, FB_REACH_NONE, generation_of(scratch)), id);
}

/* Sets the walk's space to that of the process, and returns it; NULL where none of its mappings is known. */
static __always_inline struct fb_process_space *enter_space(struct fb_walk *walk, struct task_struct *task,
							    const struct mm_struct *mm, __u32 pid)
{
	struct fb_process_space *space = bpf_map_lookup_elem(&spaces, &pid);

	if (!space)
		report_unknown_process(pid);
	walk->space.id = space ? space->space.id : 0;
	walk->space.generation = space ? space->space.generation : 0;
	set_memory(walk, task, mm, pid);
	/* In whole words: a process may set it to anything. */
	walk->stack_end = mm->start_stack & ~7ULL;
	/* Code was unmapped or moved, of which there is no record, or a record is still on its way. */
	walk->is_unsettled =
		!walk->version && has_vma_tree() && space && space->code_pages != (__u32)mm->exec_vm;
	return space;
}

/*
 * Whether the registers are those of the program before an exec: they are set last, and nothing is mapped
 * where that program was.
 */
static __always_inline bool has_old_registers(struct task_struct *task, const struct fb_walk *walk)
{
	return walk->reach == FB_REACH_NO_MAPPING && walk->depth <= 1 &&
	       bpf_core_field_exists(task->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

/* `sampled` as in take_sample(). Without a user stack `id` stays 0. */
static __always_inline int take_user_stack(void *ctx, struct bpf_perf_event_data *sampled,
					   struct fb_scratch *scratch, struct task_struct *task, __u64 now,
					   __u64 *id)
{
	struct fb_walk *walk = &scratch->walk;
	/* A plain load, as those of its members, unlike in process_start(): each sample does them. */
	const struct mm_struct *mm = task->mm;

	/*
	 * A thread that is exiting has no memory any more. In an exec, the memory of the new program is there
	 * before its first registers.
	 */
	if (!mm || !mm->start_code)
		return FB_STORED;
	if (is_turn_of_helper())
		return take_stack_by_helper(ctx, scratch, id);
	/* In user mode addresses are positive. */
	if (sampled && (__s64)sampled->regs.rip > 0)
		registers_of_sample(sampled, walk);
	else
		registers_of_task(task, walk);
	__u32 pid = scratch->key.pid;
	struct fb_process_space *space = enter_space(walk, task, mm, pid);

	walk->now = now >> FB_STAMP_SHIFT;
	__u64 start = start_walk();

	if (walk->version)
		walk->has_new_ranges = 0;
	else
		take_new_ranges(walk, pid, space);
	walk_user_stack(scratch);
	time_walk(start, walk->depth);
	if (has_old_registers(task, walk))
		return FB_STORED;
	/* Other steps are from and to known mappings. */
	if (walk->used_frame_pointer || walk->reach == FB_REACH_NO_MAPPING ||
	    walk->reach == FB_REACH_MAPPING_PENDING)
		scratch->key.flags |= FB_KEY_HAS_ADDRESSES;
	int loss = store_frames_as(scratch, walk->depth,
				   fb_stack_flags(0, walk->reach, generation_of(scratch)), id);

	if (!bounds_shares() || loss != FB_LOST_SHARE)
		return loss;
	/* The sample is counted all the same, with one stack for all that are left out. */
	walk->reach = FB_REACH_SHARE;
	return store_frames_as(scratch, 0, fb_stack_flags(0, FB_REACH_SHARE, generation_of(scratch)), id);
}
