/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames that are left in unusual ways, an equal share of the CPU time each.
 *
 * True profile, below main (how many frames of the C library there are depends on its version):
 *   via_signal -> at_entry -> (trampoline) -> on_signal -> burn_in_handler
 *   via_alternate_stack -> at_trap -> (trampoline) -> on_alternate_stack -> burn_on_alternate_stack
 *   via_alloca -> burn_above_alloca
 *   via_realigned -> burn_above_realigned
 *   via_realigned_frame -> via_realigned_arguments -> burn_above_arguments
 *   via_qsort -> (qsort) -> compare -> burn_in_compare
 * Each burn function spins by itself.
 *
 * Usage: frames [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <alloca.h>
#include <signal.h>
#include <ucontext.h>

static uint64_t burn_deadline;

static KEEP void burn_in_handler(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_on_alternate_stack(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_above_alloca(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_above_realigned(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_above_arguments(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_in_compare(uint64_t deadline) { burn_until(deadline); }

/* --- Signal handlers ---------------------------------------------------------------------------- */

/*
 * Functions that a signal interrupts at a known instruction. at_entry is interrupted at its very first: the
 * address before it belongs to another function.
 */
void at_entry(void);
void at_trap(void);
__asm__(".text\n"
	".balign 16\n"
	".type at_entry, @function\n"
	"at_entry: .cfi_startproc\n"
	"	ud2\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size at_entry, . - at_entry\n"
	".balign 16\n"
	".type at_trap, @function\n"
	"at_trap: .cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rbp, 0\n"
	"	mov %rsp, %rbp\n"
	"	int3\n"
	"	pop %rbp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore rbp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size at_trap, . - at_trap\n");

static KEEP void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info;
	burn_in_handler(burn_deadline);
	/* Continue after the two bytes of ud2. */
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static KEEP void on_alternate_stack(int signal)
{
	(void)signal;
	burn_on_alternate_stack(burn_deadline);
}

static KEEP void via_signal(uint64_t deadline)
{
	burn_deadline = deadline;
	at_entry();
	sink++;
}

static KEEP void via_alternate_stack(uint64_t deadline)
{
	burn_deadline = deadline;
	at_trap();
	sink++;
}

/* --- Frames whose size is known at run time only ------------------------------------------------ */

static KEEP void via_alloca(uint64_t deadline)
{
	size_t size = 1000 + sink % 1000;
	volatile char *space = alloca(size);
	space[0] = space[size - 1] = 1;
	burn_above_alloca(deadline);
	sink += (uint64_t)space[0];
}

struct vector {
	volatile uint64_t words[4];
} __attribute__((aligned(32)));

static KEEP void via_realigned(uint64_t deadline)
{
	struct vector vector = { .words = { 1, 2, 3, 4 } };
	burn_above_realigned(deadline);
	sink += vector.words[3];
}

/* The last two arguments lie on the stack, where a realigned frame pointer does not lead. */
static KEEP void via_realigned_arguments(uint64_t deadline, long a, long b, long c, long d, long e, long f,
					 long g)
{
	struct vector vector = { .words = { 1, 2, 3, 4 } };
	size_t size = 1000 + sink % 1000;
	volatile char *space = alloca(size);
	space[0] = space[size - 1] = 1;
	burn_above_arguments(deadline);
	sink += vector.words[3] + (uint64_t)(a + b + c + d + e + f + g + space[0]);
}

static KEEP void via_realigned_frame(uint64_t deadline)
{
	via_realigned_arguments(deadline, 1, 2, 3, 4, 5, 6, 7);
	sink++;
}

/* --- Through the C library and back -------------------------------------------------------------- */

/* Two elements are compared once. */
static KEEP int compare(const void *a, const void *b)
{
	burn_in_compare(burn_deadline);
	return *(const int *)a - *(const int *)b;
}

static KEEP void via_qsort(uint64_t deadline)
{
	int values[2] = { 2, 1 };
	burn_deadline = deadline;
	qsort(values, 2, sizeof(values[0]), compare);
	sink += (uint64_t)values[0];
}

int main(int argc, char **argv)
{
	static path *const paths[] = {
		via_signal, via_alternate_stack, via_alloca, via_realigned, via_realigned_frame, via_qsort,
	};
	enum { COUNT = sizeof(paths) / sizeof(paths[0]) };
	/* In the frame of main, above those that use it: leaving the handler leads to a lower address. */
	char alternate_stack[1 << 16];

	stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack) };
	struct sigaction handler = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	sigaction(SIGILL, &handler, NULL);
	handler = (struct sigaction){ .sa_handler = on_alternate_stack, .sa_flags = SA_ONSTACK };
	sigaltstack(&stack, NULL);
	sigaction(SIGTRAP, &handler, NULL);

	struct turns turns = turns_of(COUNT, NULL, seconds_argument(argc, argv, 1, 3));
	while (next_turn(&turns))
		paths[turns.path](turns.deadline);
	return 0;
}
