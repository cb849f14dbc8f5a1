/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Reads the kernel's own tree of a process's mappings (a maple tree, from Linux 6.1 on), as the kernel does
 * at page faults: without a lock, under RCU. Not bpf_find_vma(): where interrupts are off, as in a sample, it
 * answers once, and for the rest of the interrupt with -EBUSY, since it keeps the lock until later.
 *
 * The tree may change meanwhile, by another thread or since the sample interrupted the change itself. Nodes
 * are replaced as a whole, and what is found is checked against the mapping itself.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <stdbool.h>

#include "kernel_types.h"
#include "walk.h"

/* Levels of the tree. Nodes have at least five children: enough for 390,000 mappings. */
#define FB_TREE_LEVELS 8

/* include/linux/maple_tree.h: a node's address is a multiple of 256; the bits below have its type. */
#define FB_TREE_NODE_MASK 0xffULL
#define FB_TREE_TYPE_SHIFT 3
#define FB_TREE_TYPE_MASK 15

static __always_inline bool has_vma_tree(void) { return bpf_core_field_exists(struct mm_struct, mm_mt); }

/* Where a kind of node has its parts, in words; CO-RE makes constants of them. */
struct fb_tree_layout {
	__u32 pivots;
	__u32 pivot_count;
	__u32 slots;
	/* In bytes: the index of the last slot in use. */
	__u32 end;
};

#define FB_TREE_LAYOUT(type) \
	((struct fb_tree_layout){ \
		.pivots = bpf_core_field_offset(struct type, pivot) / 8, \
		.pivot_count = bpf_core_field_size(struct type, pivot) / 8, \
		.slots = bpf_core_field_offset(struct type, slot) / 8, \
		.end = bpf_core_field_offset(struct type, meta.end), \
	})

/* Index of the last slot in use. `max` is the last address that the node covers. */
static __always_inline __u32 last_slot(const __u64 *node, const struct fb_tree_layout *layout, bool has_gaps,
				       __u64 max)
{
	__u64 last_pivot = node[(layout->pivots + layout->pivot_count - 1) & (FB_TREE_NODE_WORDS - 1)];

	if (!has_gaps && last_pivot == max)
		return layout->pivot_count - 1;
	/* Full: the last slot lies where the index would be. */
	if (!has_gaps && last_pivot)
		return layout->pivot_count;
	return ((const __u8 *)node)[layout->end & (FB_TREE_NODE_WORDS * 8 - 1)];
}

/*
 * The child of the node for `address`; sets `max` to the last address that it covers. A slot covers the
 * addresses up to and including its pivot.
 */
static __always_inline __u64 child_at(const __u64 *node, const struct fb_tree_layout *layout, bool has_gaps,
				      __u64 address, __u64 *max)
{
	__u64 last = last_slot(node, layout, has_gaps, *max);
	__u64 at = 0;

	for (__u64 i = 0; i < layout->pivot_count; i++) {
		__u64 pivot = node[(layout->pivots + i) & (FB_TREE_NODE_WORDS - 1)];

		/*
		 * 1 if the slot is in use and ends below the address, without branches, which the verifier
		 * would follow one by one.
		 */
		at += (i - last) >> 63 & ((pivot - address) & ~pivot) >> 63;
	}
	if (at < last)
		*max = node[(layout->pivots + at) & (FB_TREE_NODE_WORDS - 1)];
	return node[(layout->slots + at) & (FB_TREE_NODE_WORDS - 1)];
}

/* The mapping that holds `address`, or any other value. `node` has space for FB_TREE_NODE_WORDS words. */
static __always_inline struct vm_area_struct *vma_candidate(struct mm_struct *mm, __u64 address, __u64 *node)
{
	__u64 entry = (__u64)BPF_CORE_READ(mm, mm_mt.ma_root);
	__u64 max = ~0ULL;

	/* The root is marked as the kernel's xarray marks its nodes. Else the tree is empty. */
	if ((entry & 3) != 2)
		return NULL;
	for (int level = 0; level < FB_TREE_LEVELS; level++) {
		__u64 node_address = entry & ~FB_TREE_NODE_MASK;
		__u32 type = entry >> FB_TREE_TYPE_SHIFT & FB_TREE_TYPE_MASK;
		bool is_leaf = type == bpf_core_enum_value(enum maple_type, maple_leaf_64);
		bool has_gaps = type == bpf_core_enum_value(enum maple_type, maple_arange_64);

		if (bpf_probe_read_kernel(node, FB_TREE_NODE_WORDS * 8, (void *)node_address))
			return NULL;
		/* A node that was replaced has itself as its parent. */
		if ((node[0] & ~FB_TREE_NODE_MASK) == node_address)
			return NULL;
		if (has_gaps) {
			struct fb_tree_layout layout = FB_TREE_LAYOUT(maple_arange_64);

			entry = child_at(node, &layout, true, address, &max);
		} else {
			struct fb_tree_layout layout = FB_TREE_LAYOUT(maple_range_64);

			entry = child_at(node, &layout, false, address, &max);
		}
		if (is_leaf)
			return (struct vm_area_struct *)entry;
	}
	return NULL;
}

/* A mapping of the kernel. */
struct fb_vma {
	__u64 begin;
	__u64 end;
	/* Offset in the file, in pages. */
	__u64 page;
	__u64 flags;
	struct file *file;
};

/* Whether the mapping, which may have changed meanwhile, is one of `mm` that holds `address`. */
static __always_inline bool read_vma(struct vm_area_struct *vma, struct mm_struct *mm, __u64 address,
				     struct fb_vma *found)
{
	found->begin = BPF_CORE_READ(vma, vm_start);
	found->end = BPF_CORE_READ(vma, vm_end);
	found->page = BPF_CORE_READ(vma, vm_pgoff);
	found->flags = BPF_CORE_READ(vma, vm_flags);
	found->file = BPF_CORE_READ(vma, vm_file);
	return address >= found->begin && address < found->end && BPF_CORE_READ(vma, vm_mm) == mm;
}
