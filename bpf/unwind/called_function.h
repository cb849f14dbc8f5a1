/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Whether a return address follows a call of exactly one function. By that the caller of hand-written
 * assembly is found, which nothing describes: the table only knows where such a function begins, and guesses
 * how far rsp is from the return address.
 *
 * Nothing is believed but what is read: the call, the jumps of linkage tables, and the words that they jump
 * by.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "call_site.h"
#include "walk.h"

/*
 * Jumps that are followed from what was called: that of a linkage table, and that by which a library (gmp)
 * chooses the code for this processor.
 */
#define FB_MOST_JUMPS 3

/* DWARF numbers of registers by their numbers in instructions, four bits each from the lowest on. */
#define FB_ENCODED_REGISTERS 0xfedcba9854673120ULL

/* The word at a user address; 0 if it cannot be read. */
static __always_inline __u64 user_word(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

/* Where the jump at an address leads; 0 if there is another instruction. */
static __always_inline __u64 jump_target(__u64 address)
{
	__u64 code = user_word(address);

	/* endbr64 */
	if ((__u32)code == 0xfa1e0ff3) {
		address += 4;
		code = user_word(address);
	}
	/* bnd */
	if ((code & 0xff) == 0xf2) {
		address += 1;
		code >>= 8;
	}
	/* jmp *DISPLACEMENT(%rip) */
	if ((code & 0xffff) == 0x25ff)
		return user_word(address + 6 + (__s64)(__s32)(code >> 16));
	/* jmp DISPLACEMENT */
	if ((code & 0xff) == 0xe9)
		return address + 5 + (__s64)(__s32)(code >> 8);
	return 0;
}

/* Whether code that jumps to `target` arrives at `function`. Not static: it is verified once. */
__noinline int leads_to(__u64 target, __u64 function)
{
	for (int i = 0; i < FB_MOST_JUMPS && target && target != function; i++)
		target = jump_target(target);
	return target && target == function;
}

/* What a register of the interrupted function holds, by its number in instructions. */
static __always_inline __u64 encoded_register(const struct fb_walk *walk, __u32 number)
{
	__u32 dwarf = FB_ENCODED_REGISTERS >> (number * 4 & 63) & 15;

	/* rbp, rsp */
	if (dwarf == 6)
		return walk->bp;
	if (dwarf == 7)
		return walk->sp;
	barrier_var(dwarf);
	return walk->leaf_registers[dwarf & 15];
}

/*
 * What an indirect call of `length` bytes (without prefix) calls: `mode` is that of its ModRM byte, `code`
 * the seven bytes up to its end. 0 if there is no such call. The register may have changed since: then it
 * leads elsewhere than to the function that is asked for.
 */
static __always_inline __u64 indirect_target(const struct fb_walk *walk, __u64 code, __u32 length, __u32 mode,
					     __s64 displacement)
{
	__u32 bytes = code >> (8 * (7 - length)) & 0xffff;
	__u32 number = bytes >> 8 & 7;

	/* FF /2; 4 begins another form of memory operands. */
	if ((bytes & 0x38ff) != 0x10ff || bytes >> 14 != mode || (number == 4 && mode != 3))
		return 0;
	/* Behind a prefix REX.B: registers 8 to 15. */
	if ((code >> (8 * (6 - length)) & 0xf1) == 0x41)
		number += 8;
	__u64 value = encoded_register(walk, number);

	return mode == 3 ? value : user_word(value + displacement);
}

/*
 * Whether `return_address`, of the walk's current frame, follows a call of the function that begins at
 * `function`. Not static: it is verified once, and not on every path.
 */
__noinline int is_call_of(struct fb_walk *walk, __u64 return_address, __u64 function)
{
	__u64 code = 0;

	if (!walk || bpf_probe_read_user(&code, FB_LONGEST_CALL, (void *)(return_address - FB_LONGEST_CALL)))
		return 0;
	__s64 displacement = (__s32)(code >> 24);

	/* call DISPLACEMENT */
	if ((code >> 16 & 0xff) == 0xe8 && leads_to(return_address + displacement, function))
		return 1;
	/* call *DISPLACEMENT(%rip) */
	if ((code >> 8 & 0xffff) == 0x15ff && leads_to(user_word(return_address + displacement), function))
		return 1;
	/* Registers of callers are not known. */
	if (!walk->is_leaf)
		return 0;
	return leads_to(indirect_target(walk, code, 2, 3, 0), function) ||
	       leads_to(indirect_target(walk, code, 2, 0, 0), function) ||
	       leads_to(indirect_target(walk, code, 3, 1, (__s8)(code >> 48)), function) ||
	       leads_to(indirect_target(walk, code, 6, 2, displacement), function);
}
