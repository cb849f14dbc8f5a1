/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Ids of processes and threads, in the pid namespace of the profiler. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>

#include "kernel_types.h"
#include "maps.h"

/* Levels of pid namespaces that are searched. The kernel nests 32; profilers run in the first few. */
#define FB_MAX_PID_LEVELS 8

/* The id of `pid` in the configured namespace; 0 where it is not visible there. */
static __always_inline __u32 visible_id(struct pid *pid)
{
	/*
	 * The length of numbers[] depends on the level: its members lie beyond the type that the verifier
	 * knows.
	 */
	const char *numbers = (const char *)pid + bpf_core_field_offset(struct pid, numbers);

	__u32 last = BPF_CORE_READ(pid, level);

	for (__u32 level = 0; level < FB_MAX_PID_LEVELS && level <= last; level++) {
		struct upid entry;

		if (bpf_probe_read_kernel(&entry, sizeof(entry), numbers + level * sizeof(entry)))
			return 0;
		struct pid_namespace *namespace = entry.ns;

		if (BPF_CORE_READ(namespace, ns.inum) == config.pid_namespace)
			return entry.nr;
	}
	return 0;
}

static __always_inline __u32 process_id(struct task_struct *task)
{
	if (config.pid_namespace == PROC_PID_INIT_INO)
		return task->tgid;
	/* A leader that is being reaped has no pid. */
	struct pid *pid = task->group_leader->thread_pid;

	return pid ? visible_id(pid) : 0;
}

/*
 * The same, of a task that is an argument of a raw tracepoint: the verifier takes it for a number, which only
 * helpers may follow.
 */
static __always_inline __u32 process_id_of_argument(struct task_struct *task)
{
	if (config.pid_namespace == PROC_PID_INIT_INO)
		return BPF_CORE_READ(task, tgid);
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);

	return pid ? visible_id(pid) : 0;
}

/*
 * Start of the process in ns since boot. Read by a helper, like everything behind a pointer of the task: for
 * each such step in plain C the verifier of Linux 6.18 searches the kernel's types by name, which takes a
 * millisecond.
 */
static __always_inline __u64 process_start(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline __u32 thread_id(struct task_struct *task)
{
	if (config.pid_namespace == PROC_PID_INIT_INO)
		return task->pid;
	struct pid *pid = task->thread_pid;

	return pid ? visible_id(pid) : 0;
}
