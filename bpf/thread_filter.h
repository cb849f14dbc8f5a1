/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The filter of threads: by CPU, thread id, user, cgroup and name. A kind that is not in use costs nothing:
 * the verifier removes it.
 */
#pragma once

#include <stdbool.h>

#include "process.h"

/* Cgroups above a thread that are searched, and hierarchies (Linux has 14 controllers, each at most one). */
#define FB_MAX_CGROUP_DEPTH 32
#define FB_MAX_HIERARCHIES 32

static __always_inline bool filters_by(__u32 kind) { return config.filter_kinds & 1U << kind; }

static __always_inline bool is_listed(__u32 kind, __u64 id)
{
	struct fb_filter_key key = { .kind = kind, .id = id };

	return bpf_map_lookup_elem(&thread_filter, &key);
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
		link = BPF_CORE_READ(entry, cgrp_link.next);
	}
	return NULL;
}

/* NULL for the root. */
static __always_inline struct cgroup *parent_of(struct cgroup *cgroup)
{
	void *parent = BPF_CORE_READ(cgroup, self.parent);

	return parent ? parent - bpf_core_field_offset(struct cgroup, self) : NULL;
}

static __always_inline bool is_in_listed_cgroup(struct task_struct *task)
{
	struct cgroup *cgroup = own_cgroup(task);

	for (int i = 0; i < FB_MAX_CGROUP_DEPTH && cgroup; i++) {
		if (is_listed(FB_FILTER_CGROUP, BPF_CORE_READ(cgroup, kn, id)))
			return true;
		cgroup = parent_of(cgroup);
	}
	return false;
}

static __always_inline bool matches_name(const struct task_struct *task)
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

/* Whether the running thread matches every kind in use. */
static __always_inline bool matches_filter(struct task_struct *task)
{
	if (filters_by(FB_FILTER_CPU) && !is_listed(FB_FILTER_CPU, bpf_get_smp_processor_id()))
		return false;
	if (filters_by(FB_FILTER_THREAD) && !is_listed(FB_FILTER_THREAD, thread_id(task)))
		return false;
	if (filters_by(FB_FILTER_USER) && !is_listed(FB_FILTER_USER, task->cred->euid.val))
		return false;
	/* The name of the thread or of its process. */
	if (config.names.ends && !matches_name(task) && !matches_name(task->group_leader))
		return false;
	return !filters_by(FB_FILTER_CGROUP) || is_in_listed_cgroup(task);
}

/* Removes a thread that ended: its id may be given to another one. */
static __always_inline void forget_thread(struct task_struct *task)
{
	struct fb_filter_key key = { .kind = FB_FILTER_THREAD, .id = thread_id(task) };

	if (filters_by(FB_FILTER_THREAD))
		bpf_map_delete_elem(&thread_filter, &key);
}
