/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The members of kernel structs that the programs read. libbpf rewrites their offsets to those of the running
 * kernel (CO-RE), so order and size here do not matter. Of the kernel's types it gets only those of these
 * names, with what is inside of them (Sources/Sampling/KernelTypes): a type of another name, or behind a
 * pointer, is there if it is declared here.
 */
#pragma once

#include <linux/types.h>

/* The id of a task in a namespace. Arrays of it are read as they are, so this one is as the kernel's. */
struct upid {
	int nr;
	struct pid_namespace *ns;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t euid;
};

struct list_head {
	struct list_head *next;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

/* The cgroups of a task: its cgroup of version 2, and a list with one for each hierarchy. */
struct css_set {
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links;
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct super_block {
	unsigned int s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

/* A mapping. */
struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	/* The memory's `mm_lock_seq` when the mapping was last changed; from Linux 6.4 on. */
	unsigned int vm_lock_seq;
	unsigned long vm_pgoff;
	struct file *vm_file;
};

/* The tree of all mappings, from Linux 6.1 on. */
struct maple_tree {
	void *ma_root;
};

struct maple_metadata {
	unsigned char end;
};

/* A leaf, or a node without gaps. */
struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
	struct maple_metadata meta;
};

/* A node with the largest gap below each of its children. */
struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
	struct maple_metadata meta;
};

/* A union in the kernel. */
struct maple_node {
	struct maple_range_64 mr64;
	struct maple_arange_64 ma64;
};

typedef struct {
	void *vdso;
} mm_context_t;

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

struct mm_struct {
	int map_count;
	struct maple_tree mm_mt;
	/* Pages that may be executed and not written to. */
	unsigned long exec_vm;
	/* 0 in an exec, until the new program is mapped. */
	unsigned long start_code;
	/* Where the first thread has begun: above are its arguments. */
	unsigned long start_stack;
	mm_context_t context;
	/* How often the mappings were locked for a change; from Linux 6.4 on. */
	seqcount_t mm_lock_seq;
};

/* Before Linux 6.13. */
struct mm_struct___number {
	int mm_lock_seq;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct mm_struct *mm;
	__u64 start_boottime;
	__u64 self_exec_id;
	unsigned int in_execve : 1;
	const struct cred *cred;
	struct css_set *cgroups;
	char comm[16];
};

struct vm_unmapped_area_info {
	unsigned long length;
};

#pragma clang attribute pop

/* Kinds of nodes of a maple tree; libbpf sets the kernel's numbers. */
enum maple_type {
	maple_leaf_64 = 1,
	maple_arange_64 = 3,
};

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

/* include/linux/mm.h */
#define VM_EXEC 4

/* include/linux/proc_ns.h: the inode of the first pid namespace. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU
