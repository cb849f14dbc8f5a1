/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The hash that makes the id of a stack, with a secret of each run. A process chooses the frames of its
 * stacks. With a hash that is known beforehand it could make stacks with the ids of another process's, whose
 * samples would be lost, since every id that is tried is taken.
 *
 * Each half of a frame is multiplied by a secret of its own (multilinear hashing: Lemire and Kaser, "Strongly
 * universal string hashing is fast", 2014). So what two frames differ by in the hash is unknown, and no
 * later frame can be chosen to cancel it. With one multiplication of the
 * whole frame it could: a difference in bit 63 stays one whatever the multiplier is.
 */
#pragma once

#include <linux/types.h>

/* Drawn at random for each run. */
struct fb_hash_secrets {
	/* Multipliers of the lower and the upper half of a frame. */
	__u64 lower;
	__u64 upper;
	/* Multiplier of the hash so far: odd, so that no bit of it is lost. */
	__u64 chain;
};

/* The hash so far with one more frame. */
static inline __u64 fb_hash_frame(__u64 hash, __u64 frame, const struct fb_hash_secrets *secrets)
{
	hash += (frame & 0xffffffff) * secrets->lower + (frame >> 32) * secrets->upper;
	hash *= secrets->chain;
	return hash ^ hash >> 32;
}
