/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Whether a process has changed what it has mapped since an earlier walk. The kernel counts in each address
 * space how often it was locked for a change (`mm_lock_seq`, from Linux 6.4 on). So what the kernel has
 * answered holds until the count changes: also where code is moved, or replaced by as much other code, or
 * changed by another process that shares the memory, of which there is no record in time. See
 * recent_mappings.h for what holds longer.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>

#include "vma_tree.h"

/* Odd numbers, by which parts of a version are mixed. */
#define FB_MIX_MEMORY 0x9E3779B97F4A7C15ULL
#define FB_MIX_PROCESS 0xC2B2AE3D27D4EB4FULL
#define FB_MIX_PROGRAM 0x165667B19E3779F9ULL

/*
 * Sets the memory of the running process as numbers of 64 bits: `memory`, which another process or program
 * does not have, and `version`, which is not that of another set of mappings either. Both are 0 where the
 * version is not known, or is being changed.
 */
static __always_inline void set_memory(struct fb_walk *walk, const struct task_struct *task,
				       const struct mm_struct *mm, __u32 pid)
{
	/* The address as a number: the verifier lets no pointer be multiplied. */
	volatile __u64 *number = &walk->mm;
	__u32 changes;

	*number = (__u64)mm;
	walk->memory = walk->version = 0;
	if (!has_vma_tree())
		return;
	/* A sequence count from Linux 6.13 on, odd while the memory is changed; before, a number. */
	if (bpf_core_field_exists(mm->mm_lock_seq)) {
		changes = walk->lock = mm->mm_lock_seq.sequence;
	} else if (bpf_core_field_exists(struct mm_struct___number, mm_lock_seq)) {
		walk->lock = ((const struct mm_struct___number *)mm)->mm_lock_seq;
		changes = walk->lock << 1;
	} else {
		return;
	}
	if (changes & 1)
		return;
	walk->memory = (*number * FB_MIX_MEMORY ^ (__u64)pid * FB_MIX_PROCESS ^
			task->self_exec_id * FB_MIX_PROGRAM) |
		       1;
	/* Not 0, since the memory is odd and the changes are even. */
	walk->version = walk->memory + changes * FB_MIX_PROCESS;
}
