/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the kernel side and user space exchange. Included by profile.bpf.c and, through CShims, by
 * Swift: no layout is written twice.
 */
#pragma once

#include <linux/types.h>

/* Frames of the deepest user stack that can be asked for (--max-depth). */
#define FB_MAX_FRAMES 2000

/* kernel.perf_event_max_stack, which bounds what bpf_get_stack() returns of the kernel's own. */
#define FB_MAX_KERNEL_FRAMES 127

/* Stacks are stored in blocks of this many frames, the last one padded with zeros. */
#define FB_BLOCK_FRAMES 8
#define FB_MAX_BLOCKS ((FB_MAX_FRAMES + FB_BLOCK_FRAMES - 1) / FB_BLOCK_FRAMES)

#define FB_COMM_LENGTH 16

/*
 * Patterns for names, as a machine that is in several states at once, a bit each. A byte of the name
 * moves those on that accept it; loops (`*`) stay. All patterns together; without `ends` any name does.
 */
struct fb_names {
	__u64 starts;
	__u64 loops;
	__u64 ends;
	/* By byte: the states that it moves on. */
	__u64 accepts[256];
};

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
	/* Frames of a user stack, 1 to FB_MAX_FRAMES. */
	__u32 max_depth;
	/* Times the walks, and takes a third of the stacks by the kernel's helper: see fb_trial. */
	__u32 is_trial;
	/* The children of targets are targets. */
	__u32 follows_children;
	/* Besides, only what the map `wanted` holds: a bit 1 << fb_wanted_kind for each kind that it has. */
	__u32 wanted_kinds;
	/* Hierarchy of the wanted cgroups, as /proc/cgroups numbers them; 0 is that of version 2. */
	__u32 cgroup_hierarchy;
	/* Keep samples of different CPUs and cgroups apart. */
	__u32 splits_cpus;
	__u32 splits_cgroups;
	/* A sample weighs as many events as it stands for; else 1: a tick of a clock. */
	__u32 counts_events;
	/* Of the hits of a tracepoint or uprobe on a CPU, every so many is a sample. */
	__u64 hit_period;
	/* Processes are told by pid in `strangers` that are sampled and that user space knows nothing of. */
	__u32 reports_strangers;
	/* Entries of the map `ticks`; 0: it is not kept when samples fell. */
	__u32 tick_capacity;
	struct fb_names names;
};

/*
 * A user frame names a place in a file where its mapping was known at that moment: immune to later
 * changes of the mapping, and equal in all processes. Bit 63 is set, the object is in bits 62..41,
 * bit 40 says that the thread was interrupted there (else it is a return address), and the file
 * offset is in bits 39..0. Without bit 63 it is an address (those of user space end below 2^57).
 */
#define FB_FRAME_IN_OBJECT (1ULL << 63)
#define FB_FRAME_OBJECT_SHIFT 41
#define FB_FRAME_INTERRUPTED (1ULL << 40)
#define FB_FRAME_OFFSET_MASK (FB_FRAME_INTERRUPTED - 1)

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

/* Keeps a kernel stack and a user stack apart that have the same frames. */
#define FB_STACK_IS_KERNEL 1
/* How far a user stack reaches, an fb_reach: stacks that end for different reasons are different. */
#define FB_STACK_REACH_SHIFT 8

enum fb_reach {
	/* Not said: a kernel stack. */
	FB_REACH_NONE,
	/* To the thread's first frame, by tables alone. */
	FB_REACH_COMPLETE,
	/* To the first frame, with at least one frame-pointer step. */
	FB_REACH_APPROXIMATE,
	/* The rest is cut short, for one reason. */
	FB_REACH_DEPTH,
	FB_REACH_NO_MAPPING,
	FB_REACH_MAPPING_PENDING,
	FB_REACH_NO_CFI,
	FB_REACH_JIT_NO_FP,
	FB_REACH_UNSUPPORTED_REGISTER,
	FB_REACH_UNSUPPORTED_EXPRESSION,
	FB_REACH_DOES_NOT_FIT,
	FB_REACH_ODD_RETURN_ADDRESS,
	FB_REACH_ODD_RBP,
	FB_REACH_READ_RETURN_ADDRESS,
	FB_REACH_READ_RBP,
	FB_REACH_READ_CFA,
	FB_REACH_ZERO_RETURN_ADDRESS,
	FB_REACH_BAD_PC,
	FB_REACH_NO_PROGRESS,
	FB_REACH_BELOW_TABLE,
	FB_REACH_TABLE_BUDGET,
	FB_REACH_INTERNAL,
};

/* Times are kept as stamps, CLOCK_MONOTONIC >> FB_STAMP_SHIFT: of 66 microseconds, they come around after
 * three days. */
#define FB_STAMP_SHIFT 16

/* What a process has mapped: the key under which the map `mappings` has it. */
struct fb_space {
	__u32 id;
	/* Grows when something of it is unmapped; user space changes `mappings` first. */
	__u32 generation;
};

struct fb_process_space {
	struct fb_space space;
	/* Stamp: when it was told, or when the process mapped something, whichever was later. */
	__u32 changed;
	__u32 unused;
};

/* Addresses that a process has begun to use for something else. */
struct fb_new_range {
	__u64 begin;
	__u64 end;
	/* Stamp. */
	__u32 since;
	__u32 unused;
};

/* The newest ranges of a process. */
#define FB_NEW_RANGES 8
struct fb_new_ranges {
	__u64 count;
	struct fb_new_range ranges[FB_NEW_RANGES];
};

/* As long a new range is remembered, in stamps, an eighth of a second: user space tells of what is mapped
 * there within half a millisecond, if it gets a CPU. */
#define FB_NEW_STAMPS 2048

/* What is counted together. Fully zeroed before it is filled: padding is part of the key. */
struct fb_count_key {
	/* The process: (pid, start) never repeats while the machine is up. */
	__u64 process_start; /* ns since boot, of the thread group's leader */
	__u64 exec_generation;
	__u64 kernel_stack; /* stack ids, 0 = none */
	__u64 user_stack;
	/* Where samples are kept apart by it; else 0. */
	__u64 cgroup;
	__u32 pid;
	__u32 tid;
	/* FB_KEY_* */
	__u32 flags;
	/* Where samples are kept apart by it; else 0. */
	__u32 cpu;
	char comm[FB_COMM_LENGTH];
};

/* A thread of the kernel: it has no user stack. */
#define FB_KEY_KERNEL_THREAD 1
/* The user stack may hold addresses: they are looked up in what the process has mapped. */
#define FB_KEY_HAS_ADDRESSES 2

struct fb_count {
	__u64 samples;
	__u64 weight;
	/* CLOCK_MONOTONIC, the clock of the side-band records. */
	__u64 first_ns;
	__u64 last_ns;
	/* What a tick calls it by: 0, 1, 2 …, with holes where two CPUs were first at once. */
	__u64 number;
};

/* When a sample fell (--timeline), and what it was counted in. */
struct fb_tick {
	__u64 ns; /* CLOCK_MONOTONIC, never 0 */
	__u64 number;
};

/* A process that is to be sampled, keyed by pid. */
struct fb_target {
	/* Start of the leader in ns since boot; 0 until the program has first met it. */
	__u64 process_start;
	/* Held before its exec: nothing counts until then. */
	__u32 held;
	__u32 reserved;
};

/* Threads, users (effective), cgroups and CPUs that are wanted: a key of the map `wanted`. */
enum fb_wanted_kind {
	FB_WANTED_THREAD,
	FB_WANTED_USER,
	/* With everything below it. */
	FB_WANTED_CGROUP,
	/* Asked for only where the event is not bound to CPUs. */
	FB_WANTED_CPU,
};

struct fb_wanted {
	__u32 kind;
	__u32 reserved;
	__u64 id;
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
	/* Recorded samples that the map `ticks` had no room for: they count, without their time. */
	__u64 untimed;
};

/* What a walk took a frame, in nanoseconds: slots of this width, the last one open. */
#define FB_TRIAL_SLOT_NS 5
#define FB_TRIAL_SLOTS 400

/* Stacks that are taken one way before it is the next one's turn: so many that it hardly counts that the
 * first walk finds no trail to follow. */
#define FB_TRIAL_TURN 200

/* Whole runs with stacks by tables and by bpf_get_stack are timed alike; what a walk alone takes is
 * measured apart from them, since to measure it takes time as well. */
enum fb_trial_way {
	FB_TRIAL_TABLES,
	FB_TRIAL_HELPER,
	FB_TRIAL_WALKS,
	FB_TRIAL_WAYS,
};

/* What the benchmark wants to know (config.is_trial). One set per CPU. */
struct fb_trial {
	__u64 stacks;
	/* FB_TRIAL_* of the stack at hand. */
	__u64 way;
	/* Walks by tables: how many, their frames, their time, and how many took how long a frame. */
	__u64 walk_count;
	__u64 frames;
	__u64 walk_ns;
	__u64 walks[FB_TRIAL_SLOTS];
	/* Whole runs of the program, with stacks by tables and by bpf_get_stack. */
	__u64 table_runs;
	__u64 table_ns;
	__u64 helper_runs;
	__u64 helper_ns;
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
	/* CFA = register n (DWARF number, 0..15, not rbp or rsp) + 8 * offset: the kind is this + n. */
	FB_ROW_REGISTER = 16,
	/* CFA = rsp + 8 * offset, and the return address in register n: kind is this + n. vfork, whose
	 * child must not find it on the stack that it shares. */
	FB_ROW_RETURN_REGISTER = 32,
	/* In no table: what stands for a row in code made at run time. */
	FB_ROW_ANONYMOUS = 48,
};

/* Where rbp is: 0 in rbp, else at CFA + 8 * value (-128 excluded), or: */
#define FB_RBP_AT_RBP 127 /* at *rbp (gcc's realigned frames) */

/* Entries of the map `known_frames` for each CPU, as a power of two. */
#define FB_KNOWN_FRAMES_BITS 12

/*
 * A frame that was met before: what the lookups of its mapping, object and row gave. It holds for one
 * generation of a space, and for good where a table is taken away: what rows say never changes.
 */
struct fb_known_frame {
	/* ip << 1 | is_interrupted; 0 where there is none yet. */
	__u64 key;
	struct fb_space space;
	/* As it is recorded. */
	__u64 frame;
	__u64 row;
};

/*
 * The table of an object, keyed by the object's index: a slice of the map `rows`, which begins with
 * an index. A word of it stands for 2^index_shift bytes of code, from `base` on: rows with which
 * its search begins and ends, counted from `first_row`, in the lower and the upper half.
 */
struct fb_object {
	__u32 first_index;
	__u32 index_count;
	__u32 index_shift;
	__u32 first_row;
	/* Address of the first row, as linked. */
	__u32 base;
	/* FB_OBJECT_* */
	__u32 state;
	/* Set by the program when a sample met the object and its table was not there. */
	__u32 wanted;
	/* When a sample met the object last: a stamp; 0 if none has. */
	__u32 last_used;
};

enum fb_object_state {
	FB_OBJECT_PENDING,
	FB_OBJECT_READY,
	/* It has no call frame information, or none that can be read. */
	FB_OBJECT_NO_CFI,
	/* There is no room for its table, or none any more. */
	FB_OBJECT_OVER_BUDGET,
};

/* Key of the longest-prefix map `mappings`: a range is some power-of-two blocks. */
struct fb_mapping_key {
	/* 32 bits of space, then those of the address that count. */
	__u32 prefix_length;
	__u32 space;
	/* Big endian: the trie compares from the first byte on. */
	__u64 address;
};

struct fb_mapping {
	__u64 begin;
	__u64 end;
	/* Address in memory minus file offset, and minus the address as linked. */
	__u64 offset_bias;
	__u64 link_bias;
	/* FB_OBJECT_NONE: executable memory without a file. */
	__u32 object;
	/* Stamp: when it was mapped. */
	__u32 since;
};

#define FB_OBJECT_NONE 0xffffffff

/* KSYM_SYMBOL_LEN of Linux 6.1 and later, rounded up: 512 for a name, some more for its module. */
#define FB_KERNEL_NAME_BYTES 640

/* A question of user space, and its answer. */
struct fb_kernel_name {
	__u64 address;
	/* `function` or `function [module]`; a number where there is none. Ends with a NUL. */
	char name[FB_KERNEL_NAME_BYTES];
};
