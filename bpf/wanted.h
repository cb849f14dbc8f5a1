/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Which of the targets are wanted, by CPU, thread, user, cgroup and name. Kinds that nobody asked for
 * cost nothing: the verifier removes them.
 */
#pragma once

#include <stdbool.h>

#include "process.h"

/* Deeper trees of cgroups, or more hierarchies of version 1, are not met. */
#define FB_MAX_CGROUP_DEPTH 32
#define FB_MAX_HIERARCHIES 32

static __always_inline bool asks_for(__u32 kind) { return config.wanted_kinds & 1U << kind; }

static __always_inline bool is_listed(__u32 kind, __u64 id)
{
	struct fb_wanted key = { .kind = kind, .id = id };

	return bpf_map_lookup_elem(&wanted, &key);
}

/* The task's cgroup in the configured hierarchy; NULL where it has none. */
static __always_inline struct cgroup *own_cgroup(struct task_struct *task)
{
	struct css_set *set = task->cgroups;

	if (!config.cgroup_hierarchy)
		return BPF_CORE_READ(set, dfl_cgrp);
	struct list_head *link = BPF_CORE_READ(set, cgrp_links.next);

	for (int i = 0; i < FB_MAX_HIERARCHIES; i++) {
		struct cgrp_cset_link *entry =
			(void *)link - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
		struct cgroup *cgroup = BPF_CORE_READ(entry, cgrp);

		if (BPF_CORE_READ(cgroup, root, hierarchy_id) == (int)config.cgroup_hierarchy)
			return cgroup;
		link = BPF_CORE_READ(link, next);
	}
	return NULL;
}

static __always_inline bool is_in_wanted_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = own_cgroup(task);

	for (int i = 0; i < FB_MAX_CGROUP_DEPTH && cgroup; i++) {
		if (is_listed(FB_WANTED_CGROUP, BPF_CORE_READ(cgroup, kn, id)))
			return true;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return false;
}

static __always_inline bool is_wanted_name(const struct task_struct *task)
{
	char name[FB_COMM_LENGTH];
	__u64 states = config.names.starts;

	if (bpf_probe_read_kernel(name, sizeof(name), task->comm))
		return false;
	for (int i = 0; i < FB_COMM_LENGTH; i++) {
		__u8 byte = name[i];

		if (!byte)
			break;
		states = (states & config.names.accepts[byte]) << 1 | (states & config.names.loops);
	}
	return states & config.names.ends;
}

/* Whether the running thread is wanted in all respects that were asked for. */
static __always_inline bool is_wanted(struct task_struct *task)
{
	if (asks_for(FB_WANTED_CPU) && !is_listed(FB_WANTED_CPU, bpf_get_smp_processor_id()))
		return false;
	if (asks_for(FB_WANTED_THREAD) && !is_listed(FB_WANTED_THREAD, thread_id(task)))
		return false;
	if (asks_for(FB_WANTED_USER) && !is_listed(FB_WANTED_USER, task->cred->euid.val))
		return false;
	/* Threads are known by their own names or by that of their process. */
	if (config.names.ends && !is_wanted_name(task) && !is_wanted_name(task->group_leader))
		return false;
	return !asks_for(FB_WANTED_CGROUP) || is_in_wanted_cgroup(task);
}

/* A thread has ended: its id may be given to another one. */
static __always_inline void forget_thread(struct task_struct *task)
{
	struct fb_wanted key = { .kind = FB_WANTED_THREAD, .id = thread_id(task) };

	if (asks_for(FB_WANTED_THREAD))
		bpf_map_delete_elem(&wanted, &key);
}

static __always_inline void report_stranger(__u32 pid)
{
	__u8 is_there = 1;

	if (config.reports_strangers)
		bpf_map_update_elem(&strangers, &pid, &is_there, BPF_ANY);
}
