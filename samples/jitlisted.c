/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that runs code it made at run time, and lists it for profilers, as JIT compilers do.
 *
 * True profile: main -> via_code -> new_code.
 *
 * With "map", a perf map is written when the program ends, also by SIGTERM: /tmp/perf-PID.map.
 * With "dump", a jitdump is written before the code runs: FOLDER/jit-PID.dump. It says that other code,
 * old_code, was at the same address until then.
 *
 * Prints its process id.
 *
 * Usage: jitlisted map|dump [CPU-SECONDS [FOLDER]]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void spinner(uint64_t rounds);

/* push %rbp; mov %rsp, %rbp; 1: dec %rdi; jnz 1b; pop %rbp; ret */
static const unsigned char code_bytes[] = {
	0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
};

/* The layout of tools/perf/Documentation/jitdump-specification.txt of Linux. */
struct dump_header {
	uint32_t magic, version, size, machine, padding, pid;
	uint64_t time, flags;
};

struct load_record {
	uint32_t kind, size;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t vma, address, length, index;
	char name[9];
	unsigned char code[sizeof(code_bytes)];
} __attribute__((packed));

static spinner *code;
static volatile sig_atomic_t has_to_end;

static void end(int signal)
{
	(void)signal;
	has_to_end = 1;
}

static uint64_t monotonic_time(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int write_map(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	FILE *map = fopen(path, "w");
	if (!map)
		return 1;
	fprintf(map, "%lx %zx new_code\n", (unsigned long)code, sizeof(code_bytes));
	return fclose(map) ? 1 : 0;
}

static int write_load(int file, const char *name, uint64_t index)
{
	struct load_record load = {
		.kind = 0,
		.size = sizeof(load),
		.time = monotonic_time(),
		.pid = (uint32_t)getpid(),
		.tid = (uint32_t)getpid(),
		.vma = (uint64_t)code,
		.address = (uint64_t)code,
		.length = sizeof(code_bytes),
		.index = index,
	};
	memcpy(load.name, name, sizeof(load.name));
	memcpy(load.code, code_bytes, sizeof(load.code));
	return write(file, &load, sizeof(load)) != sizeof(load);
}

static int write_dump(const char *folder)
{
	char path[4096];
	struct dump_header header = {
		.magic = 0x4a695444,
		.version = 1,
		.size = sizeof(header),
		.machine = 62,
		.pid = (uint32_t)getpid(),
		.time = monotonic_time(),
	};
	snprintf(path, sizeof(path), "%s/jit-%d.dump", folder, getpid());
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || write(file, &header, sizeof(header)) != sizeof(header))
		return 1;
	/* An executable page of it leads profilers to it. */
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED)
		return 1;
	return write_load(file, "old_code", 1) || write_load(file, "new_code", 2);
}

/* Millions of rounds between two reads of the clock: hardly a sample falls into reading it. */
static KEEP void via_code(uint64_t deadline)
{
	while (!has_to_end && cpu_time() < deadline)
		code(1000000);
}

int main(int argc, char **argv)
{
	int writes_dump = argc > 1 && strcmp(argv[1], "dump") == 0;
	uint64_t time = seconds_argument(argc, argv, 2, 3);
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	memcpy(memory, code_bytes, sizeof(code_bytes));
	if (mprotect(memory, 4096, PROT_READ | PROT_EXEC))
		return 1;
	code = (spinner *)memory;
	if (writes_dump && write_dump(argc > 3 ? argv[3] : "."))
		return 1;
	signal(SIGTERM, end);
	printf("pid %d\n", getpid());
	fflush(stdout);

	via_code(cpu_time() + time);
	return writes_dump ? 0 : write_map();
}
