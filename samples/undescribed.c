/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assembly without call frame information, whose callers are found by their calls: an equal share of the CPU
 * time for each of
 *   via_call -> burn_by_call       a call
 *   via_table -> call_by_table -> burn_by_table    a call through a table, whose address is in a register
 *   via_stub -> burn_by_stub       a call of a stub that jumps there, as linkage tables do
 *   via_hole -> in_hole -> burn_above_hole    a call of code in a hole of a few bytes between functions with
 *     information, where there mostly is padding
 * The one by the stub saves registers, and has other values in rbx and rbp. That in the hole pushes one.
 *
 * Usage: undescribed [CPU-SECONDS]
 */
#include "burn.h"

void burn_by_call(uint64_t rounds);
void burn_by_table(uint64_t rounds);
void burn_by_stub(uint64_t rounds);
void stub(uint64_t rounds);
void in_hole(uint64_t rounds);

typedef void burn(uint64_t rounds);

void call_by_table(burn *const *table, uint64_t rounds);

/* Far enough from functions with information not to pass for the padding between them. */
__asm__(".text\n"
	".balign 16\n"
	".type call_by_table, @function\n"
	"call_by_table: .cfi_startproc\n"
	"	push %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	mov %rdi, %rbx\n"
	"	mov %rsi, %rdi\n"
	"	call *8(%rbx)\n"
	"	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size call_by_table, . - call_by_table\n"
	".balign 16\n"
	".type before_hole, @function\n"
	"before_hole: .cfi_startproc\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size before_hole, . - before_hole\n"
	".type in_hole, @function\n"
	"in_hole:\n"
	"	push %rbx\n"
	"	call burn_above_hole\n"
	"	pop %rbx\n"
	"	ret\n"
	".size in_hole, . - in_hole\n"
	".balign 16\n"
	".type burn_above_hole, @function\n"
	"burn_above_hole: .cfi_startproc\n"
	"	dec %rdi\n"
	"	jnz burn_above_hole\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size burn_above_hole, . - burn_above_hole\n"
	".balign 64\n"
	".skip 64, 0x90\n"
	".type burn_by_call, @function\n"
	"burn_by_call:\n"
	"1:	dec %rdi\n"
	"	jnz 1b\n"
	"	ret\n"
	".size burn_by_call, . - burn_by_call\n"
	".balign 16\n"
	".type burn_by_table, @function\n"
	"burn_by_table:\n"
	"1:	dec %rdi\n"
	"	jnz 1b\n"
	"	ret\n"
	".size burn_by_table, . - burn_by_table\n"
	".balign 16\n"
	".type stub, @function\n"
	"stub:	jmp *stub_target(%rip)\n"
	".size stub, . - stub\n"
	".balign 16\n"
	".type burn_by_stub, @function\n"
	"burn_by_stub:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	sub $24, %rsp\n"
	"	mov $1, %ebp\n"
	"	mov $2, %ebx\n"
	"1:	dec %rdi\n"
	"	jnz 1b\n"
	"	add $24, %rsp\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size burn_by_stub, . - burn_by_stub\n"
	".skip 64, 0x90\n"
	".data\n"
	".balign 8\n"
	"stub_target: .quad burn_by_stub\n"
	".text\n");

#define ROUNDS 100000

static KEEP void via_call(uint64_t deadline)
{
	while (cpu_time() < deadline)
		burn_by_call(ROUNDS);
	sink++;
}

static KEEP void via_table(uint64_t deadline)
{
	static burn *const table[] = { burn_by_call, burn_by_table };

	while (cpu_time() < deadline)
		call_by_table(table, ROUNDS);
	sink++;
}

static KEEP void via_stub(uint64_t deadline)
{
	while (cpu_time() < deadline)
		stub(ROUNDS);
	sink++;
}

static KEEP void via_hole(uint64_t deadline)
{
	while (cpu_time() < deadline)
		in_hole(ROUNDS);
	sink++;
}

int main(int argc, char **argv)
{
	static path *const paths[] = { via_call, via_table, via_stub, via_hole };
	enum { COUNT = sizeof(paths) / sizeof(paths[0]) };
	struct turns turns = turns_of(COUNT, NULL, seconds_argument(argc, argv, 1, 3));

	while (next_turn(&turns))
		paths[turns.path](turns.deadline);
	return 0;
}
