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

/* A bit that no index has, and that is no part of one: see child_for(). */
#define FB_TREE_HAS_PIVOT 256

static __always_inline bool has_vma_tree(void) { return bpf_core_field_exists(struct mm_struct, mm_mt); }

/* Where a kind of node has its parts, in words; CO-RE makes constants of them. */
struct fb_tree_layout {
	__u32 pivots;
	__u32 pivot_count;
	__u32 slots;
	/* In bytes: the index of the last slot in use. */
	__u32 end;
};

/* `kind` is the node's member of struct maple_node. */
#define FB_TREE_LAYOUT(kind) \
	((struct fb_tree_layout){ \
		.pivots = bpf_core_field_offset(struct maple_node, kind.pivot) / 8, \
		.pivot_count = bpf_core_field_size(struct maple_node, kind.pivot) / 8, \
		.slots = bpf_core_field_offset(struct maple_node, kind.slot) / 8, \
		.end = bpf_core_field_offset(struct maple_node, kind.meta.end), \
	})

/* Index of the last slot in use. `max` is the last address that the node covers. */
static __always_inline __u64 last_slot(const struct fb_tree_node *node, const struct fb_tree_layout *layout,
				       bool has_gaps, __u64 max)
{
	__u64 last_pivot = node->words[(layout->pivots + layout->pivot_count - 1) & (FB_TREE_NODE_WORDS - 1)];

	if (!has_gaps && last_pivot == max)
		return layout->pivot_count - 1;
	/* Full: the last slot lies where the index would be. */
	if (!has_gaps && last_pivot)
		return layout->pivot_count;
	return ((const __u8 *)node)[layout->end & (FB_TREE_NODE_WORDS * 8 - 1)];
}

/*
 * The child of a node for `address`: index of its slot, or, where it is not the last one, FB_TREE_HAS_PIVOT +
 * that. A slot covers the addresses up to and including its pivot. Not static: it is verified once, and not
 * for each level.
 */
__noinline int child_for(const struct fb_tree_node *node, __u64 address, __u64 max, __u32 has_gaps)
{
	if (!node || !has_vma_tree())
		return 0;
	struct fb_tree_layout layout = has_gaps ? FB_TREE_LAYOUT(ma64) : FB_TREE_LAYOUT(mr64);
	__u64 at = 0;
	__u64 last = last_slot(node, &layout, has_gaps, max);

	for (__u64 i = 0; i < layout.pivot_count; i++) {
		__u64 pivot = node->words[(layout.pivots + i) & (FB_TREE_NODE_WORDS - 1)];

		/*
		 * 1 if the slot is in use and ends below the address, without branches, which the verifier
		 * would follow one by one.
		 */
		at += (i - last) >> 63 & ((pivot - address) & ~pivot) >> 63;
	}
	return at < last ? at | FB_TREE_HAS_PIVOT : at;
}

/* A way down the tree. */
struct fb_tree_search {
	__u64 address;
	/* The node that is read next; behind a leaf: the mapping that holds `address`, or any other value. */
	__u64 entry;
	/* The last address that it covers. */
	__u64 max;
	/* Where nodes are read to. */
	struct fb_tree_node *node;
	__u64 is_done;
};

/* Goes one level down; 1 ends the search. */
static int descend(__u32 level, struct fb_tree_search *search)
{
	struct fb_tree_node *node = search->node;
	__u64 node_address = search->entry & ~FB_TREE_NODE_MASK;
	__u32 type = search->entry >> FB_TREE_TYPE_SHIFT & FB_TREE_TYPE_MASK;
	bool has_gaps = type == bpf_core_enum_value(enum maple_type, maple_arange_64);
	struct fb_tree_layout layout = has_gaps ? FB_TREE_LAYOUT(ma64) : FB_TREE_LAYOUT(mr64);

	if (bpf_probe_read_kernel(node, sizeof(*node), (void *)node_address))
		return 1;
	/* A node that was replaced has itself as its parent. */
	if ((node->words[0] & ~FB_TREE_NODE_MASK) == node_address)
		return 1;
	__u32 at = child_for(node, search->address, search->max, has_gaps);

	if (at & FB_TREE_HAS_PIVOT)
		search->max = node->words[(layout.pivots + at) & (FB_TREE_NODE_WORDS - 1)];
	search->entry = node->words[(layout.slots + at) & (FB_TREE_NODE_WORDS - 1)];
	search->is_done = type == bpf_core_enum_value(enum maple_type, maple_leaf_64);
	return search->is_done;
}

/*
 * The mapping that holds `address`, or any other value. Nodes are read to `node`. The levels are callbacks of
 * bpf_loop: in a loop, the verifier would follow the ways through all of them.
 */
static __always_inline struct vm_area_struct *vma_candidate(struct mm_struct *mm, __u64 address,
							    struct fb_tree_node *node)
{
	struct fb_tree_search search = {
		.address = address,
		.entry = (__u64)BPF_CORE_READ(mm, mm_mt.ma_root),
		.max = ~0ULL,
		.node = node,
	};

	/* The root is marked as the kernel's xarray marks its nodes. Else the tree is empty. */
	if ((search.entry & 3) == 2)
		bpf_loop(FB_TREE_LEVELS, descend, &search, 0);
	return search.is_done ? (struct vm_area_struct *)search.entry : NULL;
}

/* The beginning of a mapping of the kernel, which holds what is compared of it: one cache line. */
struct fb_vma_head {
	__u64 words[8];
};

/* A word of it; `offset` in bytes. */
static __always_inline __u64 vma_word(const struct fb_vma_head *head, __u32 offset)
{
	return head->words[offset / 8 & 7];
}

/* Its `vm_lock_seq`. */
static __always_inline __u32 vma_lock(const struct fb_vma_head *head)
{
	__u32 offset = bpf_core_field_offset(struct vm_area_struct, vm_lock_seq);

	return head->words[offset / 8 & 7] >> (offset & 4) * 8;
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
