/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Frames of user stacks as 64-bit words. (In a kernel stack every word is an address.)
 *
 *   location  bit 63 set · object in bits 62..41 · bit 40: the thread was interrupted there, else it is a
 *             return address · file offset in bits 39..0
 *   others    bit 63 clear · kind in bits 62..57 · payload in bits 56..0
 *
 * A location is an object and a file offset. It is equal in all processes that map the file, and later
 * changes of the mapping do not touch it. An address is recorded where the mapping was not known; it has kind
 * 0 since user addresses end below 2^57. Kinds 1 to 63 are free.
 */
#pragma once

#include <linux/types.h>

#define FB_FRAME_KIND_SHIFT 57
#define FB_FRAME_OBJECT_SHIFT 41
#define FB_FRAME_OFFSET_BITS 40

/* Objects that a location can name: their indices are below this. */
enum { FB_FRAME_OBJECTS = 1 << (63 - FB_FRAME_OBJECT_SHIFT) };

enum fb_frame_kind {
	FB_FRAME_ADDRESS = 0,
	FB_FRAME_LOCATION = 64,
};

static inline __u64 fb_location_frame(__u32 object, __u64 file_offset, int is_interrupted)
{
	return 1ULL << 63 | (__u64)object << FB_FRAME_OBJECT_SHIFT |
	       (is_interrupted ? 1ULL << FB_FRAME_OFFSET_BITS : 0) |
	       (file_offset & ((1ULL << FB_FRAME_OFFSET_BITS) - 1));
}

static inline __u32 fb_frame_kind(__u64 frame)
{
	return frame >> 63 ? FB_FRAME_LOCATION : (__u32)(frame >> FB_FRAME_KIND_SHIFT);
}

/* The parts of a location. */
static inline __u32 fb_frame_object(__u64 frame)
{
	return (__u32)(frame >> FB_FRAME_OBJECT_SHIFT) & (FB_FRAME_OBJECTS - 1);
}

static inline __u64 fb_frame_file_offset(__u64 frame) { return frame & ((1ULL << FB_FRAME_OFFSET_BITS) - 1); }

static inline int fb_frame_is_interrupted(__u64 frame) { return frame >> FB_FRAME_OFFSET_BITS & 1; }
