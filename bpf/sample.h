/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The way of a sample: filter, key, kernel stack, user stack, count. */
#pragma once

#include <linux/bpf_perf_event.h>

#include "count_sample.h"
#include "take_stacks.h"
#include "targets.h"
#include "thread_filter.h"
#include "trial.h"

/* Fills everything of the key but the stacks. */
static __always_inline void identify(struct fb_scratch *scratch, struct task_struct *task, __u32 pid)
{
	struct fb_count_key *key = &scratch->key;

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
	if (generation_of(scratch))
		key->flags |= FB_KEY_GENERATION;
}

/* Records the running thread. Returns FB_STORED or the loss. */
static __always_inline int record(void *ctx, struct bpf_perf_event_data *sampled, struct fb_scratch *scratch,
				  struct task_struct *task, __u32 pid, __u64 now)
{
	struct fb_count_key *key = &scratch->key;
	int loss;

	identify(scratch, task, pid);
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
	return count_sample(scratch, now);
}

/*
 * One run of a sampling program, for the running thread.
 *
 * `sampled` has the registers of the sample; NULL where they would be those of the kernel: a hit of a
 * tracepoint or uprobe always interrupts the thread on its way into the kernel. `value` is in the event's
 * unit.
 */
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

		if (!is_target(task, pid) || !matches_filter(task)) {
			add(&counters->filtered, 1);
		} else if (__sync_lock_test_and_set(&scratch->in_use, 1)) {
			add(&counters->lost[FB_LOST_SCRATCH_BUSY], 1);
		} else {
			scratch->generation = generation;
			scratch->value = value;
			count_outcome(counters, record(ctx, sampled, scratch, task, pid, start));
			if (scratch->key.user_stack)
				time_run(bpf_ktime_get_ns() - start);
			scratch->in_use = 0;
		}
	}
	add(&counters->ns, bpf_ktime_get_ns() - start);
}
