/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The way of a sample in the kernel: filter, kernel stack, user stack, count. Nothing is taken from
 * a process that nobody asked for.
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <stdbool.h>

#include "kernel_names.h"
#include "stack_store.h"
#include "targets.h"
#include "timeline.h"
#include "trial.h"
#include "unwind.h"
#include "user_registers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Stores the `length` frames in the scratch, and their id there; FB_STORED or the loss. Not static: so it
 * is verified once, and not on every way that leads here. */
__noinline int store_frames(struct fb_scratch *from, __u32 length, __u32 flags)
{
	if (!from)
		return FB_LOST_NO_MEMORY;
	if (length > FB_MAX_FRAMES)
		length = FB_MAX_FRAMES;
	barrier_var(length);
	/* Equal stacks must be equal blocks. */
#pragma unroll
	for (__u32 i = 0; i < FB_BLOCK_FRAMES; i++)
		from->frames[length + i] = 0;
	struct fb_stack stack = { .length = length, .flags = flags };

	return store_stack(from, &stack, &from->stack_id);
}

static __always_inline int store_frames_as(struct fb_scratch *from, __u32 length, __u32 flags, __u64 *id)
{
	int loss = store_frames(from, length, flags);

	if (loss == FB_STORED)
		*id = from->stack_id;
	return loss;
}

/* To have no kernel stack is no loss: `id` stays 0. */
static __always_inline int take_kernel_stack(void *ctx, struct fb_scratch *into, __u64 *id)
{
	long bytes = bpf_get_stack(ctx, into->frames, FB_MAX_KERNEL_FRAMES * sizeof(__u64), 0);

	if (bytes <= 0)
		return FB_STORED;
	return store_frames_as(into, (__u32)bytes / sizeof(__u64), FB_STACK_IS_KERNEL, id);
}

/* What the kernel finds by frame pointers, as other profilers take it. */
static __always_inline int take_stack_of_helper(void *ctx, struct fb_scratch *into, __u64 *id)
{
	long bytes = bpf_get_stack(ctx, into->frames, FB_MAX_KERNEL_FRAMES * sizeof(__u64), BPF_F_USER_STACK);

	if (bytes <= 0)
		return FB_STORED;
	into->key.flags |= FB_KEY_HAS_ADDRESSES;
	return store_frames_as(into, (__u32)bytes / sizeof(__u64), 0, id);
}

/*
 * `sampled` has the registers of the sample; NULL where they would be those of the kernel: what a hit
 * of a tracepoint or uprobe has interrupted is always the thread's way into the kernel.
 */
static __always_inline int take_user_stack(void *ctx, struct bpf_perf_event_data *sampled,
					   struct fb_scratch *into, struct task_struct *task, __u64 now,
					   __u64 *id)
{
	struct fb_walk *walk = &into->walk;

	/* On its way out, without memory. */
	if (!BPF_CORE_READ(task, mm))
		return FB_STORED;
	if (takes_turn_of_helper())
		return take_stack_of_helper(ctx, into, id);
	/* In user mode addresses are positive. */
	if (sampled && (__s64)sampled->regs.rip > 0)
		registers_of_sample(sampled, walk);
	else
		registers_of_task(task, walk);
	__u32 pid = into->key.pid;
	struct fb_process_space *known = bpf_map_lookup_elem(&spaces, &pid);

	if (!known)
		report_stranger(pid);
	/* 0: nothing is known of what the process has mapped. */
	walk->space.id = known ? known->space.id : 0;
	walk->space.generation = known ? known->space.generation : 0;
	walk->now = now >> FB_STAMP_SHIFT;
	__u64 start = start_walk();

	take_new_ranges(walk, pid, known);
	unwind_user_stack(into);
	note_walk(start, walk->depth);
	/* Other steps are from and to known mappings. */
	if (walk->used_frame_pointer || walk->reach == FB_REACH_NO_MAPPING)
		into->key.flags |= FB_KEY_HAS_ADDRESSES;
	return store_frames_as(into, walk->depth, walk->reach << FB_STACK_REACH_SHIFT, id);
}

/* Adds one sample to the count of `key`; FB_STORED or the loss. */
static __always_inline int count_sample(const struct fb_count_key *key, __u64 weight, __u64 now)
{
	struct fb_count *known = bpf_map_lookup_elem(&counts, key);

	if (!known) {
		struct fb_count first = {
			.samples = 1,
			.weight = weight,
			.first_ns = now,
			.last_ns = now,
			.number = name_count(),
		};
		long error = bpf_map_update_elem(&counts, key, &first, BPF_NOEXIST);

		if (!error) {
			note_time(first.number, now);
			return FB_STORED;
		}
		if (error != -EEXIST)
			return loss_of_update(error);
		known = bpf_map_lookup_elem(&counts, key);
		if (!known)
			return FB_LOST_BUSY;
	}
	__sync_fetch_and_add(&known->samples, 1);
	__sync_fetch_and_add(&known->weight, weight);
	known->last_ns = now;
	note_time(known->number, now);
	return FB_STORED;
}

/* Records the running thread; FB_STORED or the loss. */
static __always_inline int record(void *ctx, struct bpf_perf_event_data *sampled, struct fb_scratch *with,
				  struct task_struct *task, __u32 pid, __u64 now)
{
	struct fb_count_key *key = &with->key;
	int loss;

	__builtin_memset(key, 0, sizeof(*key));
	key->process_start = process_start(task);
	key->exec_generation = task->self_exec_id;
	key->pid = pid;
	key->tid = thread_id(task);
	bpf_get_current_comm(key->comm, sizeof(key->comm));
	if (config.splits_cpus)
		key->cpu = bpf_get_smp_processor_id();
	if (config.splits_cgroups)
		key->cgroup = BPF_CORE_READ(own_cgroup(task), kn, id);
	if (task->flags & PF_KTHREAD)
		key->flags |= FB_KEY_KERNEL_THREAD;
	if (config.kernel_stacks) {
		loss = take_kernel_stack(ctx, with, &key->kernel_stack);
		if (loss != FB_STORED)
			return loss;
	}
	if (config.user_stacks && !(task->flags & PF_KTHREAD)) {
		loss = take_user_stack(ctx, sampled, with, task, now, &key->user_stack);
		if (loss != FB_STORED)
			return loss;
	}
	return count_sample(key, with->weight, now);
}

/* Atomically: programs of uprobes may be preempted by each other. */
static __always_inline void add(__u64 *counter, __u64 number) { __sync_fetch_and_add(counter, number); }

static __always_inline void count_loss(struct fb_counters *counted, int loss)
{
	if (loss >= 0 && loss < FB_LOSS_REASONS)
		add(&counted->lost[loss], 1);
	else
		add(&counted->recorded, 1);
}

static __always_inline void take_sample(void *ctx, struct bpf_perf_event_data *sampled, __u64 weight,
					struct fb_counters *counted, struct fb_scratch *with)
{
	__u64 start = bpf_ktime_get_ns();

	add(&counted->fired, 1);
	struct task_struct *task = bpf_get_current_task_btf();

	if (task->pid == 0) {
		add(&counted->idle, 1);
	} else {
		__u32 pid = process_id(task);

		if (!is_target(task, pid) || !is_wanted(task)) {
			add(&counted->filtered, 1);
		} else if (__sync_lock_test_and_set(&with->in_use, 1)) {
			add(&counted->lost[FB_LOST_SCRATCH_BUSY], 1);
		} else {
			with->weight = weight;
			count_loss(counted, record(ctx, sampled, with, task, pid, start));
			if (with->key.user_stack)
				note_run(bpf_ktime_get_ns() - start);
			with->in_use = 0;
		}
	}
	add(&counted->ns, bpf_ktime_get_ns() - start);
}

/* A timer or counter of the CPU has run full. */
SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	struct fb_counters *counted = own_counters();
	struct fb_scratch *with = own_scratch();

	/* Entry 0 of a per-CPU array exists. */
	if (counted && with)
		take_sample(ctx, ctx, config.counts_events ? ctx->sample_period : 1, counted, with);
	return 0;
}

/* A tracepoint or uprobe was hit; loaded in place of `sample`, as a program of its type. */
SEC("?tracepoint")
int sample_hit(void *ctx)
{
	struct fb_counters *counted = own_counters();
	struct fb_scratch *with = own_scratch();

	if (counted && with && !((__sync_fetch_and_add(&with->hits, 1) + 1) % config.hit_period))
		take_sample(ctx, NULL, config.hit_period, counted, with);
	return 0;
}
