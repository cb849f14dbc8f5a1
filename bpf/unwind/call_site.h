/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Whether an address follows a call instruction, as each return address does. */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* The longest call: FF /2 with a SIB byte and a displacement of 32 bits. */
#define FB_LONGEST_CALL 7

/* Whether the two bytes at an index of `code` are the first ones of an indirect call (FF /2): 1 or 0. */
static __always_inline __u64 is_indirect_call(__u64 code, __u32 index)
{
	__u64 difference = ((code >> (index * 8)) & 0x38ff) ^ 0x10ff;

	return (difference - 1) >> 63;
}

/*
 * Whether the bytes before `address` can be a call: E8 with a displacement of 32 bits, or FF /2 in one of its
 * lengths. The code was just run, so it is in memory. Not static: it is verified once, and not on every path;
 * and without branches, each of which would double the paths.
 */
__noinline int follows_call(__u64 address)
{
	__u64 code = 0;

	if (bpf_probe_read_user(&code, FB_LONGEST_CALL, (void *)(address - FB_LONGEST_CALL)))
		return 0;
	__u64 difference = ((code >> 16) & 0xff) ^ 0xe8;

	return (difference - 1) >> 63 | is_indirect_call(code, 0) | is_indirect_call(code, 1) |
	       is_indirect_call(code, 3) | is_indirect_call(code, 4) | is_indirect_call(code, 5);
}
