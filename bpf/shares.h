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

/* That of the running process. */
static __always_inline struct fb_share *process_share(const struct fb_scratch *scratch)
{
	__u32 index = generation_of(scratch) * FB_SHARES +
		      (secret_hash(scratch->key.pid) & (FB_PROCESS_SHARES - 1));

	return bpf_map_lookup_elem(&shares, &index);
}

static __always_inline struct fb_share *user_share(const struct fb_scratch *scratch, __u32 user)
{
	__u32 index = generation_of(scratch) * FB_SHARES + FB_PROCESS_SHARES +
		      (secret_hash(~(__u64)user) & (FB_USER_SHARES - 1));

	return bpf_map_lookup_elem(&shares, &index);
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
	if (!scratch)
		return 0;
	struct fb_window *window = window_of(generation_of(scratch));
	__u32 user = bpf_get_current_uid_gid();
	struct fb_share *of_process = process_share(scratch);
	struct fb_share *of_user = user_share(scratch, user);

	if (!of_process || !of_user)
		return 0;
	__u32 stack_capacity = config.stack_capacity, block_capacity = config.block_capacity;

	if (!is_free(window->stacks_used, stack_capacity, stack_capacity / 4, of_process->stacks,
		     of_user->stacks, user) ||
	    !is_free(window->blocks_used, block_capacity, block_capacity / 4, of_process->blocks,
		     of_user->blocks, user))
		return 0;
	__sync_fetch_and_add(&window->stacks_used, 1);
	__sync_fetch_and_add(&of_process->stacks, 1);
	__sync_fetch_and_add(&of_user->stacks, 1);
	__sync_fetch_and_add(&of_process->blocks, block_count);
	__sync_fetch_and_add(&of_user->blocks, block_count);
	return 1;
}

/*
 * Takes a count for the running process, as take_stack(). A sample whose stack is left out finds half of the
 * reserve free: a process loses its stacks before its samples.
 */
__noinline int take_count(struct fb_scratch *scratch)
{
	if (!scratch)
		return 0;
	struct fb_window *window = window_of(generation_of(scratch));
	__u32 user = bpf_get_current_uid_gid();
	struct fb_share *of_process = process_share(scratch);
	struct fb_share *of_user = user_share(scratch, user);

	if (!of_process || !of_user)
		return 0;
	__u32 capacity = config.stack_capacity;
	__u32 reserve = scratch->walk.reach == FB_REACH_SHARE ? capacity / 8 : capacity / 4;

	if (!is_free(window->counts_used, capacity, reserve, of_process->counts, of_user->counts, user))
		return 0;
	__sync_fetch_and_add(&window->counts_used, 1);
	__sync_fetch_and_add(&of_process->counts, 1);
	__sync_fetch_and_add(&of_user->counts, 1);
	return 1;
}
