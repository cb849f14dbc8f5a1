/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Unwind tables: rows, their packing, and the objects that they belong to. */
#pragma once

#include <linux/types.h>

#include "registers.h"
#include "spaces.h"
#include "stacks.h"

/*
 * A row says how the frame is left from its address on, up to the next row's address. Rows of an object are
 * sorted by address. One 64-bit word, so that it is loaded at once:
 * bits 0..31 address as linked, 32..39 kind, 40..47 where rbp is, 48..63 offset.
 */
enum fb_row_kind {
	/* Never written: a row that was not filled must not look like the end of a stack. */
	FB_ROW_INVALID,
	/* The return address is undefined: the thread's first frame. */
	FB_ROW_END,
	/* No function with call frame information, and no padding of less than 16 bytes. */
	FB_ROW_GAP,
	/* CFA = rsp + 8 * offset, rbp + 8 * offset */
	FB_ROW_SP,
	FB_ROW_BP,
	/* CFA = rsp + 8 + ((rip & 15) >= offset ? 8 : 0) */
	FB_ROW_PLT,
	/* CFA = *(rbp + 8 * a) + 8 * b, *(rsp + 8 * a) + 8 * b; see fb_row_dereference() */
	FB_ROW_DEREF_BP,
	FB_ROW_DEREF_SP,
	/* rip, rsp and rbp are in the ucontext on the stack. */
	FB_ROW_SIGNAL,
#define FB_ENUMERATOR(name, key) FB_ROW_##name,
	FB_REFUSALS(FB_ENUMERATOR)
#undef FB_ENUMERATOR
	/*
	 * CFA = register n (DWARF number, 0..15, not rbp or rsp) + 8 * offset: the kind is this + n. See
	 * layout/registers.h.
	 */
	FB_ROW_REGISTER = 16,
	/*
	 * CFA = rsp + 8 * offset, and the return address is in register n: the kind is this + n. vfork, whose
	 * child must not find it on the stack that it shares.
	 */
	FB_ROW_RETURN_REGISTER = 32,
	/* In no table: stands for a row in code made at run time. */
	FB_ROW_ANONYMOUS = 48,
	/* A gap in a language whose code keeps frame pointers and whose stacks end with rbp 0: Go. */
	FB_ROW_CHAIN,
	/*
	 * The byte before a function that begins stacks and has no caller: a return address that is the
	 * function's first one was put on the stack by hand. The frame is the function's, the thread's first.
	 */
	FB_ROW_START,
	/* A gap, but a frame that is returned to is the first one: what hand-made stacks return to. */
	FB_ROW_ROOT,
	/*
	 * A function without call frame information that is known to begin here or before, and how far rsp is
	 * from its return address, which counts only if it follows a call of this function: see
	 * fb_called_action().
	 */
	FB_ROW_CALLED,
	/*
	 * The end of a function that starts threads, from its system call on, where its information has
	 * ended: see fb_cloning_action(). Left as FB_ROW_CALLED is with the return address at rsp, or not at
	 * all: in a new thread, rsp leads to anything, and rbp is its creator's.
	 */
	FB_ROW_CLONING,
};

/* Where rbp is: 0 in rbp, else at CFA + 8 * value (-127 to 126), or: */
#define FB_RBP_AT_RBP 127 /* at *rbp (gcc's realigned frames) */

/* The upper half of a row: what it says, without its address. */
static inline __u32 fb_row_action(__u32 kind, __u8 rbp, __u16 offset)
{
	return kind | (__u32)rbp << 8 | (__u32)offset << 16;
}

/*
 * What a FB_ROW_CALLED says: bits 8..22 bytes from the function's beginning to the row, 23..28 words from rsp
 * to the return address, 29..31 where the caller's rbp is, in words below the return address; 0: in rbp.
 */
#define FB_CALLED_DISTANCE_BITS 15
#define FB_CALLED_DEPTH_BITS 6
#define FB_CALLED_RBP_BITS 3

static inline __u32 fb_called_action(__u32 distance, __u32 depth, __u32 rbp)
{
	return FB_ROW_CALLED | distance << 8 | depth << 23 | rbp << 29;
}

/*
 * What a FB_ROW_CLONING says: bits 8..22 as above, 23 whether this is the first frame of a thread that is
 * interrupted here with 0 in rax, which goes on in a function whose return address is undefined.
 */
static inline __u32 fb_cloning_action(__u32 distance, __u32 starts_thread)
{
	return FB_ROW_CLONING | distance << 8 | starts_thread << 23;
}

static inline __u64 fb_row(__u32 address, __u32 action) { return address | (__u64)action << 32; }

static inline __u32 fb_row_address(__u64 row) { return (__u32)row; }

static inline __u32 fb_row_kind(__u64 row) { return row >> 32 & 0xff; }

static inline __s8 fb_row_rbp(__u64 row) { return (__s8)(row >> 40); }

static inline __u16 fb_row_offset(__u64 row) { return (__u16)(row >> 48); }

static inline __u32 fb_called_distance(__u64 row) { return row >> 40 & ((1 << FB_CALLED_DISTANCE_BITS) - 1); }

static inline __u32 fb_called_depth(__u64 row) { return row >> 55 & ((1 << FB_CALLED_DEPTH_BITS) - 1); }

static inline __u32 fb_called_rbp(__u64 row) { return row >> 61; }

static inline __u32 fb_cloning_starts_thread(__u64 row) { return row >> 55 & 1; }

/* The offset of a FB_ROW_DEREF_*: base a (-512 to 511) and addend b (0 to 63), in words. */
static inline __u16 fb_row_dereference(__s16 base, __u16 addend)
{
	return (__u16)((__u16)base << 6 | addend);
}

static inline __s16 fb_row_dereference_base(__u16 offset) { return (__s16)offset >> 6; }

static inline __u16 fb_row_dereference_addend(__u16 offset) { return offset & 63; }

/*
 * The table of an object: the value of the map `objects`, keyed by the object's index. The table is a slice
 * of the map `rows`, which begins with an index. A word of the index covers 2^index_shift bytes of code, from
 * `base` on: the first and the last row of its search, relative to `first_row`, in the lower and the upper
 * half.
 */
struct fb_object {
	__u32 first_index;
	__u32 index_count;
	__u32 first_row;
	/* Address of the first row, as linked. */
	__u32 base;
	/* Where registers were saved: words of layout/registers.h in the map `rows`. */
	__u32 first_saved;
	__u32 saved_count;
	/* Stamp: when a sample last used the object; 0 if none has. */
	__u32 last_used;
	__u8 index_shift;
	/* An fb_object_state. */
	__u8 state;
	/* 1: a sample needed the table, which was not there. Set by the program, cleared by user space. */
	__u8 is_requested;
	__u8 unused;
};

enum fb_object_state {
	FB_OBJECT_PENDING,
	FB_OBJECT_READY,
	/* It has no call frame information, or none that can be read. */
	FB_OBJECT_NO_CFI,
	/* Its table does not fit into the budget, or was evicted. */
	FB_OBJECT_OVER_BUDGET,
};

/* Entries of the map `known_frames` for each CPU, as a power of two. */
#define FB_KNOWN_FRAMES_BITS 12

/*
 * A frame whose mapping, object and row were found before. Valid for one state of a space. It stays valid
 * when the table is evicted: what a row says never changes.
 */
struct fb_known_frame {
	/* ip << 1 | is_interrupted; 0: empty. */
	__u64 key;
	struct fb_space space;
	/* As it is recorded. */
	__u64 frame;
	__u64 row;
};
