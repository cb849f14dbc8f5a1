/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Each stack once, under a 64-bit id made of its frames. An id that is taken is compared frame by
 * frame: different stacks are never merged.
 *
 * The loops over blocks are callbacks of bpf_loop (kernel 5.17): unrolled or open-coded they would
 * multiply the states that the verifier has to visit.
 */
#pragma once

#include <linux/errno.h>

#include "maps.h"

/* Ids to try before a stack is given up: with 64 bits the second is never needed. */
#define FB_ID_ATTEMPTS 4

/* Not a loss (those count from 0). */
#define FB_STORED -1

struct fb_block_walk {
	struct fb_scratch *scratch;
	__u64 hash;
	__u32 first_block;
	__u32 differs;
};

static __always_inline __u64 *frames_of_block(struct fb_scratch *from, __u32 index)
{
	if (index >= FB_MAX_BLOCKS)
		return NULL;
	/* Or clang computes the address before the check, out of the verifier's sight. */
	barrier_var(index);
	return &from->frames[index * FB_BLOCK_FRAMES];
}

static int hash_block(__u32 index, struct fb_block_walk *walk)
{
	__u64 *frames = frames_of_block(walk->scratch, index);

	if (!frames)
		return 1;
	__u64 hash = walk->hash;

#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++) {
		hash = (hash ^ frames[i]) * 0x9E3779B97F4A7C15ULL;
		hash ^= hash >> 29;
	}
	walk->hash = hash;
	return 0;
}

static int compare_block(__u32 index, struct fb_block_walk *walk)
{
	__u64 *frames = frames_of_block(walk->scratch, index);
	__u32 at = walk->first_block + index;
	struct fb_block *block = bpf_map_lookup_elem(&blocks, &at);
	__u64 difference = 0;

	if (!frames || !block) {
		walk->differs = 1;
		return 1;
	}
#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++)
		difference |= frames[i] ^ block->frames[i];
	walk->differs = difference != 0;
	return difference != 0;
}

static int copy_block(__u32 index, struct fb_block_walk *walk)
{
	__u64 *frames = frames_of_block(walk->scratch, index);
	__u32 at = walk->first_block + index;
	struct fb_block *block = bpf_map_lookup_elem(&blocks, &at);

	if (!frames || !block)
		return 1;
#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++)
		block->frames[i] = frames[i];
	return 0;
}

/*
 * Blocks handed out so far, to all CPUs. Never taken back, not even where the last stack found too
 * little room: giving back while others take would hand out the same block twice.
 */
static __u64 blocks_used;

static __always_inline bool is_same_stack(struct fb_block_walk *walk, const struct fb_stack *known,
					  const struct fb_stack *wanted)
{
	if (known->length != wanted->length || known->flags != wanted->flags)
		return false;
	walk->first_block = known->first_block;
	walk->differs = 0;
	bpf_loop((wanted->length + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES, compare_block, walk, 0);
	return !walk->differs;
}

static __always_inline enum fb_loss loss_of_update(long error)
{
	return error == -E2BIG ? FB_LOST_MAP_FULL : error == -EBUSY ? FB_LOST_BUSY : FB_LOST_NO_MEMORY;
}

/* Spreads the bits of a multiplicative hash (the finalizer of MurmurHash3, public domain). */
static __always_inline __u64 finish_hash(__u64 hash)
{
	hash ^= hash >> 33;
	hash *= 0xFF51AFD7ED558CCDULL;
	hash ^= hash >> 33;
	hash *= 0xC4CEB9FE1A85EC53ULL;
	return hash ^ hash >> 33;
}

/*
 * Stores the `wanted->length` frames of the scratch and sets `id`. Returns FB_STORED or the loss.
 */
static __always_inline int store_stack(struct fb_scratch *from, struct fb_stack *wanted, __u64 *id)
{
	__u32 length = wanted->length;
	__u32 block_count = (length + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES;
	/* Spread over all bits, or the length would cancel out against a frame: the padding of a
	 * stack makes it equal to one that is a frame of zero longer. */
	__u64 seed = (length | (__u64)wanted->flags << 32) * 0xD6E8FEB86659FD93ULL;
	struct fb_block_walk walk = { .scratch = from, .hash = seed };
	struct fb_counters *counted = own_counters();

	bpf_loop(block_count, hash_block, &walk, 0);
	for (__u32 attempt = 0; attempt < FB_ID_ATTEMPTS; attempt++) {
		__u64 key = finish_hash(walk.hash + attempt);

		if (config.stack_id_bits < 64)
			key &= (1ULL << config.stack_id_bits) - 1;
		if (!key)
			key = 1; /* 0 says that there is no stack */
		*id = key;
		struct fb_stack *known = bpf_map_lookup_elem(&stacks, &key);

		if (!known) {
			__u64 first = __sync_fetch_and_add(&blocks_used, block_count);

			if (first + block_count > config.block_capacity)
				return FB_LOST_MAP_FULL;
			walk.first_block = first;
			wanted->first_block = first;
			bpf_loop(block_count, copy_block, &walk, 0);
			/* Published only now that the frames are there. */
			long error = bpf_map_update_elem(&stacks, &key, wanted, BPF_NOEXIST);

			if (!error)
				return FB_STORED;
			/* Else another CPU was faster. */
			if (error != -EEXIST)
				return loss_of_update(error);
			known = bpf_map_lookup_elem(&stacks, &key);
			if (!known)
				return FB_LOST_BUSY;
		}
		if (is_same_stack(&walk, known, wanted))
			return FB_STORED;
		if (counted)
			counted->collisions++;
	}
	return FB_LOST_HASH_COLLISION;
}
