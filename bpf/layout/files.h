/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Which object a file is: the way from what the kernel has mapped to what user space knows. */
#pragma once

#include <linux/types.h>

/*
 * The key of the map `files`: a file as the kernel has it mapped. Only files that user space holds open are
 * there, so no other file can have the inode number. The vdso, which is no file, has device and inode 0.
 */
struct fb_file_key {
	__u64 inode;
	/* As in the kernel: major number << FB_MINOR_BITS | minor number. */
	__u32 device;
	__u32 unused;
};

#define FB_MINOR_BITS 20

/* An executable segment of a file: mappings whose file offset is in [begin, end) are of it. */
struct fb_file_segment {
	__u64 begin;
	__u64 end;
	/* Address as linked minus file offset. */
	__u64 bias;
};

/* Entries of the map `files`, of which processes and users have shares. */
#define FB_FILE_CAPACITY 8192

/* Executable segments that are kept of a file. Linkers make one; a file with more than two is not entered. */
#define FB_FILE_SEGMENTS 2

struct fb_file {
	/* Index of the object. */
	__u32 object;
	__u32 segment_count;
	struct fb_file_segment segments[FB_FILE_SEGMENTS];
};
