/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of assembly whose base is in a register that is neither rsp nor rbp, an equal share of the CPU time
 * each. Their callers are found only by a profiler that knows what the register held.
 *
 * True profile, below main:
 *   via_rbx -> based_on_rbx -> leaves_rbx -> burn_above_rbx, which has saved rbx
 *   via_r11 -> based_on_r11 -> burn_above_r11, which is assembly, too, and leaves r11 alone
 *   via_trap -> trapped_on_r12 -> (trampoline) -> on_trap -> burn_above_trap, which has another value in r12
 *
 * Usage: registers [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <signal.h>

static uint64_t burn_deadline;

void based_on_rbx(uint64_t deadline);
void based_on_r11(uint64_t rounds);
void trapped_on_r12(void);

__asm__(".text\n"
	".balign 16\n"
	".type based_on_rbx, @function\n"
	"based_on_rbx: .cfi_startproc\n"
	"	push %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rbx, 0\n"
	"	mov %rsp, %rbx\n"
	"	.cfi_def_cfa_register rbx\n"
	"	sub $64, %rsp\n"
	"	and $-64, %rsp\n"
	"	call leaves_rbx\n"
	"	mov %rbx, %rsp\n"
	"	.cfi_def_cfa_register rsp\n"
	"	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore rbx\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size based_on_rbx, . - based_on_rbx\n"
	".balign 16\n"
	".type based_on_r11, @function\n"
	"based_on_r11: .cfi_startproc\n"
	"	mov %rsp, %r11\n"
	"	.cfi_def_cfa_register r11\n"
	"	sub $64, %rsp\n"
	"	and $-64, %rsp\n"
	"	call burn_above_r11\n"
	"	mov %r11, %rsp\n"
	"	.cfi_def_cfa_register rsp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size based_on_r11, . - based_on_r11\n"
	".balign 16\n"
	".type burn_above_r11, @function\n"
	"burn_above_r11: .cfi_startproc\n"
	"	dec %rdi\n"
	"	jnz burn_above_r11\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size burn_above_r11, . - burn_above_r11\n"
	".balign 16\n"
	".type trapped_on_r12, @function\n"
	"trapped_on_r12: .cfi_startproc\n"
	"	push %r12\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r12, 0\n"
	"	mov %rsp, %r12\n"
	"	.cfi_def_cfa_register r12\n"
	"	sub $64, %rsp\n"
	"	and $-64, %rsp\n"
	"	int3\n"
	"	mov %r12, %rsp\n"
	"	.cfi_def_cfa_register rsp\n"
	"	pop %r12\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r12\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size trapped_on_r12, . - trapped_on_r12\n");

static KEEP void burn_above_rbx(uint64_t deadline)
{
	__asm__ volatile("xor %%ebx, %%ebx" ::: "rbx");
	burn_until(deadline);
	__asm__ volatile("xor %%ebx, %%ebx" ::: "rbx");
}

__attribute__((used)) KEEP void leaves_rbx(uint64_t deadline)
{
	burn_above_rbx(deadline);
	sink++;
}

static KEEP void burn_above_trap(uint64_t deadline)
{
	__asm__ volatile("xor %%r12d, %%r12d" ::: "r12");
	burn_until(deadline);
	__asm__ volatile("xor %%r12d, %%r12d" ::: "r12");
}

static KEEP void on_trap(int signal)
{
	(void)signal;
	burn_above_trap(burn_deadline);
	sink++;
}

static KEEP void via_rbx(uint64_t deadline)
{
	based_on_rbx(deadline);
	sink++;
}

static KEEP void via_r11(uint64_t deadline)
{
	while (cpu_time() < deadline)
		based_on_r11(100000);
	sink++;
}

static KEEP void via_trap(uint64_t deadline)
{
	burn_deadline = deadline;
	trapped_on_r12();
	sink++;
}

int main(int argc, char **argv)
{
	static path *const paths[] = { via_rbx, via_r11, via_trap };
	enum { COUNT = sizeof(paths) / sizeof(paths[0]) };
	struct sigaction handler = { .sa_handler = on_trap };

	sigaction(SIGTRAP, &handler, NULL);
	struct turns turns = turns_of(COUNT, NULL, seconds_argument(argc, argv, 1, 3));
	while (next_turn(&turns))
		paths[turns.path](turns.deadline);
	return 0;
}
