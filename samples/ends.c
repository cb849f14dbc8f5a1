/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where stacks end: an equal share of the CPU time for each of
 *   coroutine_main -> burn_in_coroutine, on a stack of makecontext, which begins in a function of libc
 *   fiber_main -> burn_in_fiber, on a stack made by hand, whose first function would return to 0
 *   via_nothing -> burn_without_rules, assembly without call frame information, with rbp = 0 as in a new
 *     thread: its caller cannot be found, so the stack is
 *     truncated, as the next one
 *   via_wrong_pointer -> burn_astray, the same, but rbp leads into a function that would return to 0
 * The first two are whole.
 *
 * Usage: ends [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <sys/mman.h>
#include <ucontext.h>

static uint64_t burn_deadline;

/* --- makecontext -------------------------------------------------------------------------------- */

static ucontext_t main_context, coroutine;

static KEEP void burn_in_coroutine(uint64_t deadline) { burn_until(deadline); }

static KEEP void coroutine_main(void)
{
	for (;;) {
		burn_in_coroutine(burn_deadline);
		swapcontext(&coroutine, &main_context);
	}
}

static KEEP void via_coroutine(uint64_t deadline)
{
	burn_deadline = deadline;
	swapcontext(&main_context, &coroutine);
}

/* --- By hand ------------------------------------------------------------------------------------ */

/* Runs fiber_main on another stack, until it calls leave_fiber. */
void enter_fiber(char *top);
void leave_fiber(void);

__asm__(".text\n"
	".balign 16\n"
	".type enter_fiber, @function\n"
	"enter_fiber:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, stack_of_main(%rip)\n"
	"	mov %rdi, %rsp\n"
	"	push $0\n"
	"	jmp fiber_main\n"
	".size enter_fiber, . - enter_fiber\n"
	".balign 16\n"
	".type leave_fiber, @function\n"
	"leave_fiber:\n"
	"	mov stack_of_main(%rip), %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	".size leave_fiber, . - leave_fiber\n"
	".local stack_of_main\n"
	".comm stack_of_main, 8, 8\n");

#define FIBER_STACK (1 << 16)

/* Behind the stack nothing can be read, as is usual for fibers. */
static char *top_of_fiber(void)
{
	static char *top;

	if (!top) {
		char *memory = mmap(NULL, 2 * FIBER_STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mprotect(memory, FIBER_STACK, PROT_READ | PROT_WRITE) != 0)
			exit(1);
		top = memory + FIBER_STACK;
	}
	return top;
}

static KEEP void burn_in_fiber(uint64_t deadline) { burn_until(deadline); }

__attribute__((used)) KEEP void fiber_main(void)
{
	burn_in_fiber(burn_deadline);
	leave_fiber();
	sink++;
}

static KEEP void via_fiber(uint64_t deadline)
{
	burn_deadline = deadline;
	enter_fiber(top_of_fiber());
	sink++;
}

/* --- Without information ------------------------------------------------------------------------ */

void burn_without_rules(uint64_t rounds);

/* Far enough from functions with information not to pass for the padding between them. */
__asm__(".text\n"
	".balign 64\n"
	".skip 64, 0x90\n"
	".type burn_without_rules, @function\n"
	"burn_without_rules:\n"
	"	push %rbp\n"
	"	xor %ebp, %ebp\n"
	"	lea -8(%rsp), %rsp\n"
	"1:	dec %rdi\n"
	"	jnz 1b\n"
	"	lea 8(%rsp), %rsp\n"
	"	pop %rbp\n"
	"	ret\n"
	".size burn_without_rules, . - burn_without_rules\n"
	".skip 64, 0x90\n");

static KEEP void via_nothing(uint64_t deadline)
{
	while (cpu_time() < deadline)
		burn_without_rules(100000);
	sink++;
}

/* --- Without information, and rbp leads astray --------------------------------------------------- */

void burn_astray(uint64_t rounds);

/*
 * rbp points to what looks like a frame of `lure`, whose return address is 0. The stack pointer moves in a
 * way that is not guessed, and lure is never called.
 */
__asm__(".text\n"
	".balign 16\n"
	".type lure, @function\n"
	"lure:\n"
	"	.cfi_startproc\n"
	"	sub $24, %rsp\n"
	"	.cfi_adjust_cfa_offset 24\n"
	"	call burn_astray\n"
	"in_lure:\n"
	"	add $24, %rsp\n"
	"	.cfi_adjust_cfa_offset -24\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size lure, . - lure\n"
	".skip 64, 0x90\n"
	".type burn_astray, @function\n"
	"burn_astray:\n"
	"	push %rbp\n"
	"	lea -64(%rsp), %rsp\n"
	"	lea 8(%rsp), %rbp\n"
	"	movq $0, (%rbp)\n"
	"	lea in_lure(%rip), %rax\n"
	"	mov %rax, 8(%rbp)\n"
	"	movq $0, 40(%rbp)\n"
	"1:	dec %rdi\n"
	"	jnz 1b\n"
	"	lea 64(%rsp), %rsp\n"
	"	pop %rbp\n"
	"	ret\n"
	".size burn_astray, . - burn_astray\n"
	".skip 64, 0x90\n");

static KEEP void via_wrong_pointer(uint64_t deadline)
{
	/* Not a call whose target is seen. */
	void (*volatile burn)(uint64_t) = burn_astray;

	while (cpu_time() < deadline)
		burn(100000);
	sink++;
}

int main(int argc, char **argv)
{
	static path *const paths[] = { via_coroutine, via_fiber, via_nothing, via_wrong_pointer };
	enum { COUNT = sizeof(paths) / sizeof(paths[0]) };
	static char stack[1 << 16];

	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = sizeof(stack);
	coroutine.uc_link = &main_context;
	makecontext(&coroutine, coroutine_main, 0);

	struct turns turns = turns_of(COUNT, NULL, seconds_argument(argc, argv, 1, 3));
	while (next_turn(&turns))
		paths[turns.path](turns.deadline);
	return 0;
}
