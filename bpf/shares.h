/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * One process must not fill the maps of counts and stacks for all others. A process may have a sixteenth of
 * them, and a user a fourth; but that binds only while more than three quarters are taken. Only entries that
 * are new come here, so a sample whose stack and count are known costs nothing.
 *
 * Where only targets are sampled nothing is bounded: who chose them wants to know what they do.
 */
#pragma once

#include <stdbool.h>

#include "windows.h"

/* A part for each generation. Mapped by user space, which resets one whole. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * FB_SHARES);
	__type(key, __u32);
	__type(value, struct fb_share);
} shares SEC(".maps");

/* Spreads the bits of a multiplicative hash (the finalizer of MurmurHash3, public domain). */
static __always_inline __u64 finish_hash(__u64 hash)
{
	hash ^= hash >> 33;
	hash *= 0xFF51AFD7ED558CCDULL;
	hash ^= hash >> 33;
	hash *= 0xC4CEB9FE1A85EC53ULL;
	return hash ^ hash >> 33;
}

static __always_inline __u64 secret_hash(__u64 value)
{
	struct fb_hash_secrets secrets = config.hash_secrets;

	return finish_hash(fb_hash_frame(0, value, &secrets));
}

/* Constant: where nothing is bounded, the verifier removes all of this. */
static __always_inline bool bounds_shares(void) { return !config.only_targets; }

/* Who adds an entry: the running process, and its user. */
struct fb_taker {
	struct fb_window *window;
	struct fb_share *process;
	struct fb_share *of_user;
	__u32 user;
};

static __always_inline struct fb_share *share_at(__u32 generation, __u32 slot)
{
	__u32 index = generation * FB_SHARES + slot;

	return bpf_map_lookup_elem(&shares, &index);
}

/* False if there is none, which the verifier cannot exclude. */
static __always_inline bool find_taker(const struct fb_scratch *scratch, struct fb_taker *taker)
{
	__u32 generation = generation_of(scratch);

	taker->user = bpf_get_current_uid_gid();
	taker->window = window_of(generation);
	taker->process = share_at(generation, secret_hash(scratch->key.pid) & (FB_PROCESS_SHARES - 1));
	taker->of_user = share_at(
		generation, FB_PROCESS_SHARES + (secret_hash(~(__u64)taker->user) & (FB_USER_SHARES - 1)));
	return taker->process && taker->of_user;
}

/*
 * Whether there is more to be had of something, of which the process and its user have so much. `reserve` is
 * what only those may have whose share is not used up. Root, who is trusted, has no share as a user: most of
 * a machine's services are his.
 */
static __always_inline bool is_free(__u64 used, __u32 capacity, __u32 reserve, __u32 of_process,
				    __u32 of_user, __u32 user)
{
	if (used <= capacity - reserve)
		return true;
	return of_process < capacity / 16 && (!user || of_user < capacity / 4);
}

/*
 * Takes a stack of so many blocks for the running process. Returns 0, and takes none, if that exceeds its
 * share or that of its user. Not static, as is all here: it is verified once, and few samples need it.
 */
__noinline int take_stack(struct fb_scratch *scratch, __u32 block_count)
{
	struct fb_taker by;

	if (!scratch || !find_taker(scratch, &by))
		return 0;
	__u32 stack_capacity = config.stack_capacity, block_capacity = config.block_capacity;

	if (!is_free(by.window->stacks_used, stack_capacity, stack_capacity / 4, by.process->stacks,
		     by.of_user->stacks, by.user) ||
	    !is_free(by.window->blocks_used, block_capacity, block_capacity / 4, by.process->blocks,
		     by.of_user->blocks, by.user))
		return 0;
	__sync_fetch_and_add(&by.window->stacks_used, 1);
	__sync_fetch_and_add(&by.process->stacks, 1);
	__sync_fetch_and_add(&by.of_user->stacks, 1);
	__sync_fetch_and_add(&by.process->blocks, block_count);
	__sync_fetch_and_add(&by.of_user->blocks, block_count);
	return 1;
}

/*
 * Takes a count for the running process, as take_stack(). A sample whose stack is left out finds half of the
 * reserve free: a process loses its stacks before its samples.
 */
__noinline int take_count(struct fb_scratch *scratch)
{
	struct fb_taker by;

	if (!scratch || !find_taker(scratch, &by))
		return 0;
	__u32 capacity = config.stack_capacity;
	__u32 reserve = scratch->walk.reach == FB_REACH_SHARE ? capacity / 8 : capacity / 4;

	if (!is_free(by.window->counts_used, capacity, reserve, by.process->counts, by.of_user->counts,
		     by.user))
		return 0;
	__sync_fetch_and_add(&by.window->counts_used, 1);
	__sync_fetch_and_add(&by.process->counts, 1);
	__sync_fetch_and_add(&by.of_user->counts, 1);
	return 1;
}
