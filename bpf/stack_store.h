/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Stores each distinct stack once, under a 64-bit hash of its frames as id, which depends on a secret of the
 * run. A stack whose id is taken is compared frame by frame: different stacks are never merged.
 *
 * The loops over blocks are callbacks of bpf_loop (Linux 5.17): unrolled or open-coded they would multiply
 * the states that the verifier has to visit.
 */
#pragma once

#include <linux/errno.h>

#include "counters.h"
#include "shares.h"

/* Ids that are tried for a stack. With 64 bits the second is practically never needed. */
#define FB_ID_ATTEMPTS 4

struct fb_block_loop {
	struct fb_scratch *scratch;
	__u64 hash;
	__u32 first_block;
	__u32 differs;
};

static __always_inline __u64 *frames_of_block(struct fb_scratch *scratch, __u32 index)
{
	if (index >= FB_MAX_BLOCKS)
		return NULL;
	/* Else clang computes the address before the check, which the verifier cannot relate to it. */
	barrier_var(index);
	return &scratch->frames[index * FB_BLOCK_FRAMES];
}

static int hash_block(__u32 index, struct fb_block_loop *loop)
{
	__u64 *frames = frames_of_block(loop->scratch, index);

	if (!frames)
		return 1;
	struct fb_hash_secrets secrets = config.hash_secrets;
	__u64 hash = loop->hash;

#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++)
		hash = fb_hash_frame(hash, frames[i], &secrets);
	loop->hash = hash;
	return 0;
}

static int compare_block(__u32 index, struct fb_block_loop *loop)
{
	__u64 *frames = frames_of_block(loop->scratch, index);
	__u32 at = loop->first_block + index;
	struct fb_block *block = bpf_map_lookup_elem(&blocks, &at);
	__u64 difference = 0;

	if (!frames || !block) {
		loop->differs = 1;
		return 1;
	}
#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++)
		difference |= frames[i] ^ block->frames[i];
	loop->differs = difference != 0;
	return difference != 0;
}

static int copy_block(__u32 index, struct fb_block_loop *loop)
{
	__u64 *frames = frames_of_block(loop->scratch, index);
	__u32 at = loop->first_block + index;
	struct fb_block *block = bpf_map_lookup_elem(&blocks, &at);

	if (!frames || !block)
		return 1;
#pragma unroll
	for (int i = 0; i < FB_BLOCK_FRAMES; i++)
		block->frames[i] = frames[i];
	return 0;
}

static __always_inline bool is_same_stack(struct fb_block_loop *loop, const struct fb_stack *known,
					  const struct fb_stack *stack)
{
	if (known->length != stack->length || known->flags != stack->flags)
		return false;
	loop->first_block = known->first_block;
	loop->differs = 0;
	bpf_loop((stack->length + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES, compare_block, loop, 0);
	return !loop->differs;
}

/* A hash of everything that makes a stack distinct. */
static __always_inline __u64 hash_stack(struct fb_block_loop *loop, const struct fb_stack *stack,
					__u32 block_count)
{
	struct fb_hash_secrets secrets = config.hash_secrets;

	/*
	 * Length and flags, as a frame: the padding makes a stack equal to one that has a frame of zero more.
	 */
	loop->hash = fb_hash_frame(0, stack->length | (__u64)stack->flags << 32, &secrets);
	bpf_loop(block_count, hash_block, loop, 0);
	return loop->hash;
}

/*
 * Copies the frames to blocks of the generation and publishes the stack under `id`. Returns 0, or the error
 * of bpf_map_update_elem(): E2BIG also where no blocks are left.
 */
static __always_inline long add_stack(struct fb_block_loop *loop, struct fb_stack *stack, __u32 block_count,
				      __u64 id)
{
	__u32 generation = generation_of(loop->scratch);
	__u64 first = __sync_fetch_and_add(&window_of(generation)->blocks_used, block_count);

	if (first + block_count > config.block_capacity)
		return -E2BIG;
	loop->first_block = generation * config.block_capacity + first;
	stack->first_block = loop->first_block;
	bpf_loop(block_count, copy_block, loop, 0);
	/* Last, so that every stack in the map has its frames. */
	return bpf_map_update_elem(&stacks, &id, stack, BPF_NOEXIST);
}

/* Stores the first `stack->length` frames in the scratch and sets `id`. Returns FB_STORED or the loss. */
static __always_inline int store_stack(struct fb_scratch *scratch, struct fb_stack *stack, __u64 *id)
{
	__u32 block_count = (stack->length + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES;
	struct fb_block_loop loop = { .scratch = scratch };
	__u64 hash = hash_stack(&loop, stack, block_count);
	struct fb_counters *counters = own_counters(generation_of(scratch));

	for (__u32 attempt = 0; attempt < FB_ID_ATTEMPTS; attempt++) {
		__u64 key = finish_hash(hash + attempt);

		if (config.stack_id_bits < 64)
			key &= (1ULL << config.stack_id_bits) - 1;
		if (!key)
			key = 1; /* 0 means: no stack */
		*id = key;
		struct fb_stack *known = bpf_map_lookup_elem(&stacks, &key);

		if (!known) {
			/* The stack without frames stands for those that are left out. */
			if (bounds_shares() && block_count && !take_stack(scratch, block_count))
				return FB_LOST_SHARE;
			long error = add_stack(&loop, stack, block_count, key);

			if (!error)
				return FB_STORED;
			if (error != -EEXIST)
				return loss_of_update(error);
			/* Another CPU was first. */
			known = bpf_map_lookup_elem(&stacks, &key);
			if (!known)
				return FB_LOST_BUSY;
		}
		if (is_same_stack(&loop, known, stack))
			return FB_STORED;
		if (counters)
			counters->collisions++;
	}
	return FB_LOST_HASH_COLLISION;
}
