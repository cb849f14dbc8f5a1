/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that puts one of two functions in turn at the same address, by mapping a page of its own file:
 * "fixed" maps it there (MAP_FIXED); "moved" maps it anywhere and moves it there (mremap), of which the
 * kernel reports nothing.
 *
 * True profile: main -> with_one -> burn_one, and main -> with_two -> burn_two, half each. Prints the number
 * of rounds of each.
 *
 * Usage: remapper fixed|moved [ROUNDS [MICROSECONDS]]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
/* A function that is alone in its page, and needs nothing outside of it. */
#define OWN_PAGE(name) __attribute__((section(".text." #name), aligned(PAGE))) KEEP

#define BURN(name) \
	OWN_PAGE(name) static uint64_t name(uint64_t x) \
	{ \
		for (int i = 0; i < 20000; i++) \
			x = x * 6364136223846793005u + 1442695040888963407u; \
		volatile uint64_t result = x; \
		return result; \
	}

typedef uint64_t burn(uint64_t);

BURN(burn_one)
BURN(burn_two)
OWN_PAGE(after) static void after(void) {}

static KEEP void with_one(burn *function, uint64_t deadline)
{
	while (cpu_time() < deadline)
		sink = function(sink);
}

static KEEP void with_two(burn *function, uint64_t deadline)
{
	while (cpu_time() < deadline)
		sink = function(sink);
}

/* The file offset of an address of the program. */
static int find_offset(struct dl_phdr_info *info, size_t size, void *offset)
{
	uint64_t address = *(uint64_t *)offset - info->dlpi_addr;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type == PT_LOAD && address - header->p_vaddr < header->p_filesz) {
			*(uint64_t *)offset = address - header->p_vaddr + header->p_offset;
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		burn *function;
		void (*call)(burn *, uint64_t);
	} paths[] = { { burn_one, with_one }, { burn_two, with_two } };
	int is_moved = argc > 1 && strcmp(argv[1], "moved") == 0;
	int rounds = argc > 2 ? atoi(argv[2]) : 1000;
	uint64_t nanoseconds = 1000 * (uint64_t)(argc > 3 ? atoi(argv[3]) : 1000);
	int file = open("/proc/self/exe", O_RDONLY);
	void *place = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	after();
	for (int i = 0; i < 2 * rounds; i++) {
		uint64_t offset = (uint64_t)paths[i & 1].function;

		dl_iterate_phdr(find_offset, &offset);
		void *there = mmap(is_moved ? NULL : place, PAGE, PROT_READ | PROT_EXEC,
				   MAP_PRIVATE | (is_moved ? 0 : MAP_FIXED), file, (off_t)offset);

		if (is_moved && there != MAP_FAILED)
			there = mremap(there, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
		if (there != place) {
			perror("remapper");
			return 1;
		}
		paths[i & 1].call((burn *)place, cpu_time() + nanoseconds);
	}
	printf("rounds %d\n", rounds);
	return 0;
}
