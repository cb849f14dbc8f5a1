/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps files as code, and runs in each, in turn, what begins with the loop that hostile_elf.py puts at
 * 0x1000: main -> burn_in_file -> the file.
 *
 * Usage: mapped_files SECONDS FILE...
 */
#define _GNU_SOURCE
#include "burn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MOST = 512, PLACE = 0x1000 };

/* push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char loop[] = {
	0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};

typedef void (*function)(uint64_t);

/* Its code, or NULL where it has none. */
static function mapped(const char *path)
{
	struct stat status;
	int file = open(path, O_RDONLY);
	if (file < 0 || fstat(file, &status))
		exit(1);
	unsigned char *memory =
		mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
	if (memory == MAP_FAILED)
		exit(1);
	return status.st_size >= PLACE + (off_t)sizeof(loop) && !memcmp(memory + PLACE, loop, sizeof(loop)) ?
		       (function)(void *)(memory + PLACE) :
		       NULL;
}

static KEEP void burn_in_file(function run)
{
	for (uint64_t end = cpu_time() + 2000000; cpu_time() < end;)
		run(100000);
}

int main(int argc, char **argv)
{
	uint64_t end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	function functions[MOST];
	int count = 0;
	for (int i = 2; i < argc && count < MOST; i++)
		if ((functions[count] = mapped(argv[i])))
			count++;
	if (count == 0)
		return 2;
	for (int i = 0; cpu_time() < end; i++)
		burn_in_file(functions[i % count]);
	return 0;
}
