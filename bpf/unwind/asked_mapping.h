/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Asks the kernel what is mapped at an address, at the moment of the sample: where user space has not
 * published a mapping yet, and where something else was mapped just before.
 *
 * The answer holds for a version of the process's memory, and is kept as long. Where the kernel counts no
 * versions it holds for this walk only: until user space has published the mapping, nothing says when it
 * ends, or whether another process that shares the space has it too.
 */
#pragma once

#include "maps.h"
#include "vma_tree.h"

#define FB_PAGE_SHIFT 12

/* Sets `key` to the file of a mapping; false if it has none. */
static __always_inline bool file_of(const struct fb_vma *vma, struct mm_struct *mm, struct fb_file_key *key)
{
	struct file *file = vma->file;

	__builtin_memset(key, 0, sizeof(*key));
	if (!file)
		return vma->begin == (__u64)BPF_CORE_READ(mm, context.vdso);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	key->inode = BPF_CORE_READ(inode, i_ino);
	key->device = BPF_CORE_READ(inode, i_sb, s_dev);
	return true;
}

static __always_inline __u64 link_bias_of(const struct fb_file *file, __u64 offset, __u64 offset_bias)
{
	for (__u32 i = 0; i < FB_FILE_SEGMENTS; i++) {
		if (i < file->segment_count && offset >= file->segments[i].begin &&
		    offset < file->segments[i].end)
			return offset_bias - file->segments[i].bias;
	}
	return 0;
}

/* Sets the walk's mapping to that of `address`, as find_asked() does. */
static __always_inline enum fb_reach ask_kernel(struct fb_walk *walk, __u64 address)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct vm_area_struct *candidate = vma_candidate(mm, address, &walk->asked.node);
	struct fb_vma vma, again;
	struct fb_file_key key;

	if (!read_vma(candidate, mm, address, &vma) || !(vma.flags & VM_EXEC))
		return FB_REACH_NO_MAPPING;
	bool has_file = file_of(&vma, mm, &key);

	walk->asked.vma = (__u64)candidate;
	if (bpf_core_field_exists(candidate->vm_lock_seq))
		walk->asked.lock = BPF_CORE_READ(candidate, vm_lock_seq);
	/* Else the file was that of another mapping. */
	if (!read_vma(candidate, mm, address, &again) || again.begin != vma.begin || again.file != vma.file)
		return FB_REACH_NO_MAPPING;
	struct fb_mapping mapping = {
		.begin = vma.begin,
		.end = vma.end,
		.offset_bias = vma.begin - (vma.page << FB_PAGE_SHIFT),
		.object = FB_OBJECT_NONE,
		.since = walk->now,
	};

	walk->asked.offset_bias = mapping.offset_bias;
	if (has_file) {
		struct fb_file *file = bpf_map_lookup_elem(&files, &key);

		if (!file)
			return FB_REACH_MAPPING_PENDING;
		mapping.object = file->object;
		mapping.link_bias = link_bias_of(file, vma.page << FB_PAGE_SHIFT, mapping.offset_bias);
	}
	walk->mapping = mapping;
	__u32 at = walk->asked_count++ & (FB_ASKED_MAPPINGS - 1);
	barrier_var(at);
	walk->asked.mappings[at] = mapping;
	return FB_REACH_NONE;
}

/* Copies a mapping that the kernel has named in this walk into it; false if none holds the address. */
static __always_inline bool take_asked(struct fb_walk *walk, __u64 address)
{
	for (__u32 i = 0; i < FB_ASKED_MAPPINGS; i++) {
		const struct fb_mapping *mapping = &walk->asked.mappings[i];

		if (i < walk->asked_count && address >= mapping->begin && address < mapping->end) {
			walk->mapping = *mapping;
			return true;
		}
	}
	return false;
}

/*
 * Sets the walk's mapping to that of `address`. Returns FB_REACH_NONE; FB_REACH_NO_MAPPING where no code is
 * mapped, FB_REACH_MAPPING_PENDING where the file is not known yet. Not static: it is verified once.
 */
__noinline int find_asked(struct fb_walk *walk, __u64 address)
{
	/* Kernels before 6.8 verify this even where it is never called. */
	if (!walk || !has_vma_tree())
		return FB_REACH_NO_MAPPING;
	walk->is_asked_mapping = 1;
	return take_asked(walk, address) ? FB_REACH_NONE : ask_kernel(walk, address);
}
