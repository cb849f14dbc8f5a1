/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The registers with which the thread left user mode. */
#pragma once

#include <linux/bpf_perf_event.h>

#include "maps.h"

#define FB_COPY_REGISTERS(walk, regs) \
	do { \
		(walk)->ip = (regs)->rip; \
		(walk)->sp = (regs)->rsp; \
		(walk)->bp = (regs)->rbp; \
		(walk)->leaf_registers[0] = (regs)->rax; \
		(walk)->leaf_registers[1] = (regs)->rdx; \
		(walk)->leaf_registers[2] = (regs)->rcx; \
		(walk)->leaf_registers[3] = (regs)->rbx; \
		(walk)->leaf_registers[4] = (regs)->rsi; \
		(walk)->leaf_registers[5] = (regs)->rdi; \
		(walk)->leaf_registers[8] = (regs)->r8; \
		(walk)->leaf_registers[9] = (regs)->r9; \
		(walk)->leaf_registers[10] = (regs)->r10; \
		(walk)->leaf_registers[11] = (regs)->r11; \
		(walk)->leaf_registers[12] = (regs)->r12; \
		(walk)->leaf_registers[13] = (regs)->r13; \
		(walk)->leaf_registers[14] = (regs)->r14; \
		(walk)->leaf_registers[15] = (regs)->r15; \
	} while (0)

/*
 * From the sample, where it interrupted user mode. Not inlined: clang would merge its loads with those below
 * into one through a computed pointer, which the verifier refuses for the context.
 */
static __noinline int registers_of_sample(struct bpf_perf_event_data *ctx, struct fb_walk *walk)
{
	if (!walk)
		return 0;
	FB_COPY_REGISTERS(walk, &ctx->regs);
	return 0;
}

/* From the top of the thread's kernel stack, where the sample interrupted the kernel. */
static __always_inline void registers_of_task(struct task_struct *task, struct fb_walk *walk)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	FB_COPY_REGISTERS(walk, regs);
}
