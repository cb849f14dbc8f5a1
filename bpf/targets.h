/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Which processes are sampled. Children are followed in the kernel, at the moment of the fork: a
 * child that lives for a millisecond is not missed.
 */
#pragma once

#include <bpf/bpf_tracing.h>

#include "process.h"
#include "wanted.h"

/* True if the running process is wanted. */
static __always_inline bool is_target(struct task_struct *task, __u32 pid)
{
	if (!config.only_targets)
		return true;
	struct fb_target *target = bpf_map_lookup_elem(&targets, &pid);

	if (!target || target->held)
		return false;
	__u64 start = process_start(task);

	/* User space knows the start in ticks only, so the first sight settles it. */
	if (!target->process_start)
		target->process_start = start;
	/* Another start is another process, which got the id of one that has ended. */
	return target->process_start == start;
}

/* A child begins with what its parent has mapped. */
static __always_inline void share_space(__u32 parent, __u32 child)
{
	struct fb_process_space *space = bpf_map_lookup_elem(&spaces, &parent);

	if (space) {
		struct fb_process_space shared = *space;

		bpf_map_update_elem(&spaces, &child, &shared, BPF_ANY);
	}
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->tgid == parent->tgid)
		return 0; /* a thread */
	if (config.only_targets && !config.follows_children)
		return 0;
	__u32 parent_pid = process_id(parent);

	share_space(parent_pid, process_id(child));
	struct fb_target *target = bpf_map_lookup_elem(&targets, &parent_pid);

	if (!target || target->held)
		return 0;
	struct fb_target followed = { .process_start = child->start_boottime };
	__u32 pid = process_id(child);

	if (bpf_map_update_elem(&targets, &pid, &followed, BPF_ANY)) {
		struct fb_counters *counted = own_counters();

		if (counted)
			counted->forks_missed++;
	}
	return 0;
}

/*
 * What was mapped is gone; a child must not inherit it before user space has told anew. The name is set once
 * the memory has been replaced, and right before user space is told of the exec: what it tells comes later
 * than this, however long the rest of the exec takes.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(forget_space, struct task_struct *task)
{
	/* A process that names itself has more than the stack that an exec begins with. */
	if (BPF_CORE_READ(task, mm, map_count) > 1)
		return 0;
	__u32 pid = process_id(task);

	bpf_map_delete_elem(&spaces, &pid);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(release_exec, struct task_struct *task)
{
	__u32 pid = process_id(task);
	struct fb_target *target = bpf_map_lookup_elem(&targets, &pid);

	if (target)
		target->held = 0;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(forget_exit, struct task_struct *task)
{
	__u32 pid = process_id(task);

	forget_thread(task);
	/* Threads of the process still run while this is not zero. */
	if (BPF_CORE_READ(task, signal, live.counter) == 0) {
		bpf_map_delete_elem(&targets, &pid);
		bpf_map_delete_elem(&spaces, &pid);
	}
	return 0;
}
