/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the kernel side and user space exchange. Included by profile.bpf.c and, through CShims, by
 * Swift: no layout is written twice.
 */
#pragma once

#include <linux/types.h>

/* kernel.perf_event_max_stack, which bounds what bpf_get_stack() returns. */
#define FB_MAX_FRAMES 127

/* Stacks are stored in blocks of this many frames, the last one padded with zeros. */
#define FB_BLOCK_FRAMES 8
#define FB_MAX_BLOCKS ((FB_MAX_FRAMES + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES)

#define FB_COMM_LENGTH 16

/* Set before the program is loaded; constant for the verifier and the JIT. */
struct fb_config {
	/* Inode of the pid namespace whose process ids are meant everywhere below. */
	__u32 pid_namespace;
	/* Sample only what is in the map `targets`; 0 is the whole machine. */
	__u32 only_targets;
	/* Which stacks are taken. */
	__u32 kernel_stacks;
	__u32 user_stacks;
	/* Bits of a stack id that are used: 64, fewer only to provoke collisions in tests. */
	__u32 stack_id_bits;
	/* Entries of the map `blocks`. */
	__u32 block_capacity;
};

/*
 * A user frame is an address (bit 63 clear; user addresses end below 2^57). With bit 63 set it
 * will name a place in a file instead: object in bits 62..41, file offset in bits 40..0.
 */
#define FB_FRAME_IN_OBJECT (1ULL << 63)
#define FB_FRAME_OBJECT_SHIFT 41

struct fb_block {
	__u64 frames[FB_BLOCK_FRAMES];
};

/* A stack, found by its 64-bit id; its frames lie leaf first in consecutive blocks. */
struct fb_stack {
	__u32 first_block;
	__u16 length;
	/* FB_STACK_* */
	__u16 flags;
};

/* The walk met its limit of frames. */
#define FB_STACK_CUT_AT_LIMIT 1
/* Keeps a kernel stack and a user stack apart that have the same frames. */
#define FB_STACK_IS_KERNEL 2

/* What is counted together. Fully zeroed before it is filled: padding is part of the key. */
struct fb_count_key {
	/* The process: (pid, start) never repeats while the machine is up. */
	__u64 process_start; /* ns since boot, of the thread group's leader */
	__u64 exec_generation;
	__u64 kernel_stack; /* stack ids, 0 = none */
	__u64 user_stack;
	/* Time, CPU or cgroup, where samples are kept apart by one; else 0. */
	__u64 bucket;
	__u32 pid;
	__u32 tid;
	/* FB_KEY_* */
	__u32 flags;
	__u32 reserved;
	char comm[FB_COMM_LENGTH];
};

/* A thread of the kernel: it has no user stack. */
#define FB_KEY_KERNEL_THREAD 1

struct fb_count {
	__u64 samples;
	__u64 weight;
	/* CLOCK_MONOTONIC, the clock of the side-band records. */
	__u64 first_ns;
	__u64 last_ns;
};

/* A process that is to be sampled, keyed by pid. */
struct fb_target {
	/* Start of the leader in ns since boot; 0 until the program has first met it. */
	__u64 process_start;
	/* Held before its exec: nothing counts until then. */
	__u32 held;
	__u32 reserved;
};

/* Every run ends in exactly one of: idle, filtered, recorded, one lost[]. One set per CPU. */
enum fb_loss {
	FB_LOST_MAP_FULL,
	FB_LOST_NO_MEMORY,
	FB_LOST_BUSY,
	FB_LOST_SCRATCH_BUSY,
	FB_LOST_HASH_COLLISION,
	FB_LOSS_REASONS,
};

struct fb_counters {
	__u64 fired;
	__u64 idle;
	__u64 filtered;
	__u64 recorded;
	__u64 lost[FB_LOSS_REASONS];
	/* Time spent in the program. */
	__u64 ns;
	/* Stacks that met a different stack under their first id; most find another id. */
	__u64 collisions;
	/* Children of targets that the map `targets` had no room for. */
	__u64 forks_missed;
};

/*
 * A row of an unwind table: how the frame is left from this address on. One 64-bit load:
 * bits 0..31 address in the file as linked, 32..39 kind, 40..47 where rbp is, 48..63 offset.
 * Rows of a file are sorted by address; a row holds up to the next one.
 */
enum fb_row_kind {
	/* Never written: a row that was not filled must not look like the end of a stack. */
	FB_ROW_INVALID,
	/* The return address is undefined: the thread's first frame. */
	FB_ROW_END,
	/* No function with call frame information here (holes of 16 bytes and more). */
	FB_ROW_GAP,
	/* CFA = rsp + 8 * offset, rbp + 8 * offset */
	FB_ROW_SP,
	FB_ROW_BP,
	/* CFA = rsp + 8 + ((rip & 15) >= offset ? 8 : 0) */
	FB_ROW_PLT,
	/* CFA = *(rbp + 8 * a) + 8 * b, *(rsp + 8 * a) + 8 * b; a = offset >> 6 (signed), b = offset & 63 */
	FB_ROW_DEREF_BP,
	FB_ROW_DEREF_SP,
	/* rip, rsp and rbp are in the ucontext on the stack. */
	FB_ROW_SIGNAL,
	/* What is there cannot be followed, and why. */
	FB_ROW_UNSUPPORTED_REGISTER,
	FB_ROW_UNSUPPORTED_EXPRESSION,
	FB_ROW_DOES_NOT_FIT,
	FB_ROW_ODD_RETURN_ADDRESS,
	FB_ROW_ODD_RBP,
	/* CFA = register n (DWARF number, 0..15) + 8 * offset, for n other than rbp and rsp: kind is this + n. */
	FB_ROW_REGISTER = 16,
};

/* Where rbp is: 0 in rbp, else at CFA + 8 * value (-128 excluded), or: */
#define FB_RBP_AT_RBP 127 /* at *rbp (gcc's realigned frames) */
