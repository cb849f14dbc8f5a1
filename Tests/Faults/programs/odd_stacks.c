/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Burns with a frame pointer that leads nowhere good, in code that no table describes; or in a signal
 * handler, main -> raise -> burn_in_handler; or in the kernel's page of vsyscalls, if there is one.
 *
 * Usage: odd_stacks SECONDS cycle|unmapped|guard|signal|vsyscall
 */
#define _GNU_SOURCE
#include "burn.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

/* push %rbp; mov %rsi, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char loop[] = {
	0x55, 0x48, 0x89, 0xf5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};

static uint64_t end;

static KEEP void burn_in_handler(int number)
{
	(void)number;
	burn_until(end);
}

static KEEP void call_the_page(void)
{
	long (*time_of_day)(void *, void *) = (long (*)(void *, void *))0xffffffffff600000;
	struct timespec time;
	while (cpu_time() < end)
		for (int i = 0; i < 1000; i++)
			time_of_day(&time, NULL);
}

int main(int argc, char **argv)
{
	end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	unsigned char *memory =
		mmap(NULL, 16384, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argc < 3 || memory == MAP_FAILED)
		return 2;
	if (argv[2][0] == 's') {
		signal(SIGUSR1, burn_in_handler);
		return raise(SIGUSR1);
	}
	if (argv[2][0] == 'v') {
		call_the_page();
		return 0;
	}
	memcpy(memory, loop, sizeof(loop));
	uint64_t *frame = (uint64_t *)(void *)(memory + 4096);
	if (argv[2][0] == 'c') {
		/* A frame whose caller's frame is itself. */
		frame[0] = (uint64_t)frame;
		frame[1] = (uint64_t)memory + 4;
	} else if (argv[2][0] == 'u') {
		frame = (uint64_t *)(uint64_t)0x7fff0000;
	} else {
		/* The last word before a page that may not be read. */
		mprotect(memory + 8192, 4096, PROT_NONE);
		frame = (uint64_t *)(void *)(memory + 8184);
	}
	void (*run)(uint64_t, void *) = (void (*)(uint64_t, void *))(void *)memory;
	while (cpu_time() < end)
		run(1000000, frame);
	return 0;
}
