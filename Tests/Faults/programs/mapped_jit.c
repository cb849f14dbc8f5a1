/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code made at run time, and a map file that names it, as a JIT writes it. The file is written anew
 * every 10 ms: truncated, then line by line, the last one incomplete for a while.
 *
 * Usage: mapped_jit SECONDS NAME [once]       NAME: the code's name; "-" writes no map
 */
#define _GNU_SOURCE
#include "burn.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char loop[] = {
	0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};

static void write_map(const char *path, const unsigned char *code, const char *name)
{
	FILE *map = fopen(path, "w");
	for (int i = 1; i < 100; i++)
		fprintf(map, "%lx 10 other_%d\n", (unsigned long)code + (unsigned long)i * 64, i);
	fprintf(map, "%lx %zx %s\n", (unsigned long)code, sizeof(loop), name);
	fprintf(map, "%lx 40 torn_", (unsigned long)code + 8192);
	fclose(map);
}

int main(int argc, char **argv)
{
	char path[64];
	unsigned char *code =
		mmap(NULL, 16384, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argc < 3 || code == MAP_FAILED)
		return 2;
	memcpy(code, loop, sizeof(loop));
	void (*run)(uint64_t) = (void (*)(uint64_t))(void *)code;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	int is_written = 0;
	uint64_t end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	while (cpu_time() < end) {
		if (strcmp(argv[2], "-") && !is_written)
			write_map(path, code, argv[2]);
		is_written = argc > 3;
		for (uint64_t next = cpu_time() + 10000000; cpu_time() < next;)
			run(100000);
	}
	unlink(path);
	return 0;
}
