/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Follows forks, execs and exits at the moment they happen: a child that lives for a millisecond is sampled,
 * too. User space learns of them later, by side-band records.
 *
 * Raw tracepoints, and not `tp_btf`, for which libbpf would read all types of the kernel, and the kernel
 * search them. So a task in the arguments has no type for the verifier; that of an event which the thread
 * itself causes is taken as the running one, which has.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_tracing.h>

#include "counters.h"
#include "process.h"
#include "thread_filter.h"

/* Lets a child use the space of its parent. */
static __always_inline void share_space(__u32 parent, __u32 child)
{
	struct fb_process_space *space = bpf_map_lookup_elem(&spaces, &parent);

	if (space) {
		struct fb_process_space copy = *space;

		bpf_map_update_elem(&spaces, &child, &copy, BPF_ANY);
	}
}

SEC("raw_tp/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *forking, struct task_struct *child)
{
	struct task_struct *parent = bpf_get_current_task_btf();

	if (BPF_CORE_READ(child, tgid) == parent->tgid)
		return 0; /* A thread. */
	if (config.only_targets && !config.follows_children)
		return 0;
	__u32 parent_pid = process_id(parent);

	__u32 pid = process_id_of_argument(child);

	share_space(parent_pid, pid);
	struct fb_target *target = bpf_map_lookup_elem(&targets, &parent_pid);

	if (!target || target->held)
		return 0;
	struct fb_target followed = { .process_start = BPF_CORE_READ(child, start_boottime) };

	if (bpf_map_update_elem(&targets, &pid, &followed, BPF_ANY)) {
		struct fb_counters *counters = own_counters(current_generation());

		if (counters)
			counters->forks_missed++;
	}
	return 0;
}

/*
 * An exec drops the process's space: its mappings are gone, and a child must not inherit them. The hook is
 * the new name, which the kernel sets after it has replaced the memory and before it reports the exec: what
 * user space publishes for the new program comes later than this, however long the rest of the exec takes.
 */
SEC("raw_tp/task_rename")
int BPF_PROG(forget_space, struct task_struct *task)
{
	/* In an exec only the new stack is mapped; a process that renames itself has more. */
	if (BPF_CORE_READ(task, mm, map_count) > 1)
		return 0;
	__u32 pid = process_id_of_argument(task);

	bpf_map_delete_elem(&spaces, &pid);
	return 0;
}

/* A started command is sampled from its exec on. */
SEC("raw_tp/sched_process_exec")
int release_exec(void *ctx)
{
	__u32 pid = process_id(bpf_get_current_task_btf());
	struct fb_target *target = bpf_map_lookup_elem(&targets, &pid);

	if (target)
		target->held = 0;
	return 0;
}

SEC("raw_tp/sched_process_exit")
int forget_exit(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 pid = process_id(task);

	forget_thread(task);
	/* The count of the process's threads that still run. */
	if (BPF_CORE_READ(task, signal, live.counter) == 0) {
		bpf_map_delete_elem(&targets, &pid);
		bpf_map_delete_elem(&spaces, &pid);
	}
	return 0;
}
