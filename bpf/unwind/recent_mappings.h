/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The mappings that a process has used last. One that the kernel has named holds for the version of the
 * memory; in another version, as long as the kernel's mapping itself was not changed: each is marked with the
 * version in which it was changed last (`vm_lock_seq`), also before it is removed.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <stdbool.h>

#include "asked_mapping.h"
#include "memory_version.h"

static __always_inline bool is_same_space(const struct fb_space *a, const struct fb_space *b)
{
	return a->id == b->id && a->generation == b->generation;
}

/* Those of the running process. */
static __always_inline struct fb_recent *recent_of(const struct fb_walk *walk, struct fb_trails *trails)
{
	__u64 index = (walk->memory ? walk->memory : walk->space.id * FB_MIX_MEMORY) >> (64 - FB_RECENT_BITS);
	struct fb_recent *recent = &trails->recent[index];

	if (recent->memory != walk->memory || !is_same_space(&recent->space, &walk->space)) {
		__builtin_memset(recent, 0, sizeof(*recent));
		recent->space = walk->space;
		recent->memory = walk->memory;
	}
	return recent;
}

/* Index of the recent mapping that holds `address`; FB_RECENT_MAPPINGS if there is none. */
__noinline int find_recent(const struct fb_recent *recent, __u64 address)
{
	if (!recent)
		return FB_RECENT_MAPPINGS;
	for (int i = 0; i < FB_RECENT_MAPPINGS; i++) {
		if (address >= recent->of[i].mapping.begin && address < recent->of[i].mapping.end)
			return i;
	}
	return FB_RECENT_MAPPINGS;
}

/*
 * Whether a mapping of an earlier version is still there. Memory without a file is asked for anew: user space
 * may have found meanwhile what it is. Not static: it is verified once, and few walks need it.
 */
__noinline int is_unchanged(struct fb_walk *walk, const struct fb_recent_mapping *kept)
{
	if (!walk || !kept || !has_vma_tree() || !bpf_core_field_exists(struct vm_area_struct, vm_lock_seq))
		return 0;
	struct fb_vma_head head;

	if (bpf_core_field_offset(struct vm_area_struct, vm_lock_seq) >= sizeof(head))
		return 0;
	if (!kept->vma || kept->mapping.object == FB_OBJECT_NONE ||
	    bpf_probe_read_kernel(&head, sizeof(head), (void *)kept->vma))
		return 0;
	return vma_word(&head, bpf_core_field_offset(struct vm_area_struct, vm_start)) ==
		       kept->mapping.begin &&
	       vma_word(&head, bpf_core_field_offset(struct vm_area_struct, vm_end)) == kept->mapping.end &&
	       vma_word(&head, bpf_core_field_offset(struct vm_area_struct, vm_mm)) == walk->mm &&
	       vma_lock(&head) == kept->lock;
}

/* Copies the recent mapping of `address` into the walk; false if there is none. */
static __always_inline bool take_recent(struct fb_walk *walk, struct fb_recent *recent, __u64 address)
{
	if (address >= walk->mapping.begin && address < walk->mapping.end)
		return true;
	__u32 at = find_recent(recent, address);

	if (at >= FB_RECENT_MAPPINGS)
		return false;
	struct fb_recent_mapping *kept = &recent->of[at];

	if (kept->version != walk->version) {
		if (!is_unchanged(walk, kept)) {
			/* What is found now takes its place. */
			kept->mapping.begin = kept->mapping.end = 0;
			recent->oldest = at;
			return false;
		}
		kept->version = walk->version;
	}
	walk->mapping = kept->mapping;
	walk->is_asked_mapping = 0;
	return true;
}

/*
 * Whether the mapping that the kernel has named last was changed before this version only. One that is being
 * changed has its mark already, and may be removed without another one.
 */
static __always_inline bool is_settled(const struct fb_walk *walk)
{
	return (__s32)(walk->asked.lock - walk->lock) < 0;
}

/* Keeps the walk's mapping. `is_asked`: the kernel's mapping is in `asked`. */
static __always_inline void keep_recent(const struct fb_walk *walk, struct fb_recent *recent, bool is_asked)
{
	__u32 at = recent->oldest++ & (FB_RECENT_MAPPINGS - 1);

	barrier_var(at);
	struct fb_recent_mapping *kept = &recent->of[at];

	kept->mapping = walk->mapping;
	kept->version = walk->version;
	kept->vma = is_asked && is_settled(walk) ? walk->asked.vma : 0;
	kept->lock = walk->asked.lock;
}
