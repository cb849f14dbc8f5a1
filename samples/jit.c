/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that runs code it made at run time, which no file describes.
 *
 * True profile: main -> via_framed -> (code with a frame pointer), half of the CPU time, and
 *               main -> via_frameless -> (code that uses rbp for something else), the other half.
 *               Tables and frame pointers cannot unwind the latter. rbp is 1, or the address of what looks
 *               like a frame with a return address without code, in turn.
 *
 * Usage: jit [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <string.h>
#include <sys/mman.h>

typedef void spinner(uint64_t rounds, const void *rbp);

/* push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char framed[] = {
	0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};
/* push %rbp; mov %rsi, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char frameless[] = {
	0x55, 0x48, 0x89, 0xf5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};

static spinner *run_framed, *run_frameless;

/* Millions of rounds between two reads of the clock: hardly a sample falls into reading it. */
static KEEP void via_framed(uint64_t deadline)
{
	while (cpu_time() < deadline)
		run_framed(1000000, NULL);
}

static KEEP void via_frameless(uint64_t deadline)
{
	const void *lookalike[] = { lookalike, lookalike };

	while (cpu_time() < deadline) {
		run_frameless(1000000, (const void *)1);
		run_frameless(1000000, lookalike);
	}
}

int main(int argc, char **argv)
{
	uint64_t half = seconds_argument(argc, argv, 1, 3) / 2;
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return 1;
	memcpy(code, framed, sizeof(framed));
	memcpy(code + 1024, frameless, sizeof(frameless));
	if (mprotect(code, 4096, PROT_READ | PROT_EXEC))
		return 1;
	run_framed = (spinner *)(void *)code;
	run_frameless = (spinner *)(void *)(code + 1024);

	via_framed(cpu_time() + half);
	via_frameless(cpu_time() + half);
	return 0;
}
