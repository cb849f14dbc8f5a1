/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The way of a sample: filter, key, kernel stack, user stack, count. */
#pragma once

#include <linux/bpf_perf_event.h>

#include "copy_stack.h"
#include "count_sample.h"
#include "take_stacks.h"
#include "targets.h"
#include "thread_filter.h"
#include "trial.h"

/* Fills everything of the key but the stacks. `flags`: the collector's bit, if it has one. */
static __always_inline void identify(struct fb_scratch *scratch, struct task_struct *task, __u32 pid,
				     __u32 flags)
{
	struct fb_count_key *key = &scratch->key;

	__builtin_memset(key, 0, sizeof(*key));
	key->flags = flags;
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
	if (generation_of(scratch))
		key->flags |= FB_KEY_GENERATION;
}

/* Takes the stacks of the running thread, whose key is in the scratch, and counts it. As record_thread(). */
static __always_inline int record_stacks(void *ctx, struct bpf_perf_event_data *sampled,
					 struct fb_scratch *scratch, struct task_struct *task, __u64 now)
{
	struct fb_count_key *key = &scratch->key;
	int loss;

	scratch->walk.reach = FB_REACH_NONE;
	if (config.kernel_stacks) {
		loss = take_kernel_stack(ctx, scratch, &key->kernel_stack);
		if (loss != FB_STORED)
			return loss;
	}
	if (config.user_stacks && !(task->flags & PF_KTHREAD)) {
		loss = take_user_stack(ctx, sampled, scratch, task, now, &key->user_stack);
		if (loss != FB_STORED)
			return loss;
	}
	loss = count_sample(scratch, now);
	if (loss == FB_STORED && lacks_table(&scratch->walk))
		copy_stack(scratch, now);
	return loss;
}

/*
 * Records the running thread for a collector, with its stacks. Returns FB_STORED or the loss. The caller has
 * checked that the thread is a target and matches the filter, and counts how its run ended.
 *
 * `sampled` has the registers of the sample; NULL where they would be those of the kernel: a hit of a
 * tracepoint or uprobe always interrupts the thread on its way into the kernel. `generation`: that of the
 * run, read once. `value`: in the collector's unit. `flags`: its bit of FB_KEY_COLLECTORS; 0 for a sample of
 * the event. `now`: CLOCK_MONOTONIC, ns.
 */
static __always_inline int record_thread(void *ctx, struct bpf_perf_event_data *sampled,
					 struct fb_scratch *scratch, __u32 generation,
					 struct task_struct *task, __u32 pid, __u64 value, __u32 flags,
					 __u64 now)
{
	if (__sync_lock_test_and_set(&scratch->in_use, 1))
		return FB_LOST_SCRATCH_BUSY;
	scratch->generation = generation;
	scratch->value = value;
	identify(scratch, task, pid, flags);
	int loss = record_stacks(ctx, sampled, scratch, task, now);

	if (scratch->key.user_stack)
		time_run(bpf_ktime_get_ns() - now);
	scratch->in_use = 0;
	return loss;
}

/* One run of a program that samples the event, for the running thread. Arguments as of record_thread(). */
static __always_inline void take_sample(void *ctx, struct bpf_perf_event_data *sampled, __u64 value,
					struct fb_scratch *scratch)
{
	__u32 generation = current_generation();
	struct fb_counters *counters = own_counters(generation);
	__u64 start = bpf_ktime_get_ns();

	if (!counters)
		return;
	add(&counters->fired, 1);
	struct task_struct *task = bpf_get_current_task_btf();

	if (task->pid == 0) {
		add(&counters->idle, 1);
	} else {
		__u32 pid = process_id(task);

		if (is_target(task, pid) && matches_filter(task))
			count_outcome(counters, record_thread(ctx, sampled, scratch, generation, task, pid,
							      value, 0, start));
		else
			add(&counters->filtered, 1);
	}
	add(&counters->ns, bpf_ktime_get_ns() - start);
}
