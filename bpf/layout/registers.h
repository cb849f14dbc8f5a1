/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Where functions have saved registers. A frame whose CFA is in another register than rsp and rbp is found
 * by the value that the register has there: the caller of a function has it where the function saved it, or
 * still in the register. Only files with such frames have these words, behind the rows of their table: for
 * the registers that their own rows name, and that functions have to restore.
 */
#pragma once

#include <linux/types.h>

/*
 * A word says where a register is from a file offset on, up to that of the next word: bits 0..15 slot, 16..55
 * file offset, 56..59 register (DWARF number). Sorted; the words of a register begin with one at offset 0.
 */
static inline __u64 fb_saved_register(__u32 number, __u64 file_offset, __s16 slot)
{
	return (__u64)number << 56 | file_offset << 16 | (__u16)slot;
}

/* What orders the words: the register and the file offset. */
static inline __u64 fb_saved_register_key(__u32 number, __u64 file_offset)
{
	return (__u64)number << 40 | file_offset;
}

static inline __u32 fb_saved_register_number(__u64 word) { return word >> 56; }

static inline __u64 fb_saved_register_offset(__u64 word) { return word >> 16 & ((1ULL << 40) - 1); }

/* The caller's value is at CFA + 8 * slot, or: */
static inline __s16 fb_saved_register_slot(__u64 word) { return (__s16)word; }

/* In the register. */
#define FB_SLOT_UNCHANGED 0
/* Not known. */
#define FB_SLOT_LOST (-32768)

/* Words that a file may have: 2^this, more than any file does that needs them. */
#define FB_SAVED_REGISTERS_BITS 17

/* The registers that a function may overwrite, by the x86-64 ABI: a bit for each DWARF number. */
#define FB_SCRATCH_REGISTERS 0x0f37
