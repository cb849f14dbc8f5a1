/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that puts one of two functions in turn at the same address, by mapping a page of its own file:
 * "fixed" maps it there (MAP_FIXED); "moved" maps it anywhere and moves it there (mremap), of which the
 * kernel reports nothing; "swapped" lets it change places with the other one, so that as much code is mapped
 * as before; in "shared" another process, which shares the memory, maps it there.
 *
 * True profile: main -> with_one -> burn_one, and main -> with_two -> burn_two, half each. With CALLERS the
 * two functions are callers of others, in stacks that are the same but for both: main -> with_either ->
 * call_one -> leaf_one, and main -> with_either -> call_two -> leaf_two. Behind with_either come CALLERS - 1
 * calls of call_next, each mapped apart. Prints the number of rounds of each.
 *
 * Usage: remapper fixed|moved|swapped|shared [ROUNDS [MICROSECONDS [CALLERS]]]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
/* A function that is alone in its page, and needs nothing outside of it. */
#define OWN_PAGE(name) __attribute__((section(".text." #name), aligned(PAGE))) KEEP

#define BURN(name, attribute) \
	attribute uint64_t name(uint64_t x) \
	{ \
		for (int i = 0; i < 20000; i++) \
			x = x * 6364136223846793005u + 1442695040888963407u; \
		volatile uint64_t result = x; \
		return result; \
	}

typedef uint64_t burn(uint64_t);

BURN(burn_one, OWN_PAGE(burn_one) static)
BURN(burn_two, OWN_PAGE(burn_two) static)

/* Functions of which each calls the next one, up to the leaf. */
struct link {
	uint64_t (*function)(const volatile struct link *next);
};

#define CALL(name) \
	OWN_PAGE(name) static uint64_t name(const volatile struct link *next) \
	{ \
		volatile uint64_t result = next->function(next + 1); \
		return result; \
	}

#define LEAF(name) \
	BURN(in_##name, static inline __attribute__((always_inline))) \
	static KEEP uint64_t name(const volatile struct link *next) { return in_##name((uint64_t)next); }

LEAF(leaf_one)
LEAF(leaf_two)

CALL(call_one)
CALL(call_two)
CALL(call_next)
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

#define MOST_CALLERS 16

/* Read at each call: nothing but the page and the leaf differs between the stacks of two rounds. */
static volatile struct link chain[MOST_CALLERS + 1];
static volatile uint64_t end_of_round;

static KEEP void with_either(void)
{
	while (cpu_time() < end_of_round)
		sink = chain[0].function(&chain[1]);
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

/* Where the functions are put in turn; where the other one is meanwhile, and what is free for the exchange.
 */
static void *place, *other_place, *free_place;
static int file;

static void *move(void *from, void *to)
{
	return mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

static void *map_fixed(void *at, uint64_t offset)
{
	return mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, (off_t)offset);
}

static void *put_fixed(uint64_t offset) { return map_fixed(place, offset); }

static void *put_moved(uint64_t offset)
{
	return move(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, (off_t)offset), place);
}

static void *put_swapped(uint64_t offset)
{
	(void)offset;
	move(place, free_place);
	move(other_place, place);
	move(free_place, other_place);
	return place;
}

static int map_in_child(void *offset) { return map_fixed(place, *(uint64_t *)offset) != place; }

static void *put_shared(uint64_t offset)
{
	static char stack[65536] __attribute__((aligned(16)));
	int status = 1;
	int child = clone(map_in_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &offset);

	return waitpid(child, &status, 0) == child && status == 0 ? place : NULL;
}

/* Makes the chain: some pages, each mapped apart, then the one that is replaced. */
static void make_chain(int callers, uint64_t next_offset)
{
	char *pages = mmap(NULL, 2 * MOST_CALLERS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < callers; i++)
		*(void **)&chain[i].function =
			i < callers - 1 ? map_fixed(pages + 2 * i * PAGE, next_offset) : place;
}

static const struct {
	const char *name;
	void *(*put)(uint64_t offset);
} ways[] = {
	{ "fixed", put_fixed }, { "moved", put_moved }, { "swapped", put_swapped }, { "shared", put_shared }
};

int main(int argc, char **argv)
{
	static const struct {
		burn *function;
		void (*call)(burn *, uint64_t);
	} paths[] = { { burn_one, with_one }, { burn_two, with_two } };
	int rounds = argc > 2 ? atoi(argv[2]) : 1000;
	uint64_t nanoseconds = 1000 * (uint64_t)(argc > 3 ? atoi(argv[3]) : 1000);
	int callers = argc > 4 ? atoi(argv[4]) : 0;
	uint64_t offsets[] = { (uint64_t)burn_one, (uint64_t)burn_two, (uint64_t)call_next };
	size_t way = 0;

	after();
	if (callers > MOST_CALLERS)
		return 2;
	if (callers) {
		offsets[0] = (uint64_t)call_one;
		offsets[1] = (uint64_t)call_two;
	}
	file = open("/proc/self/exe", O_RDONLY);
	while (argc > 1 && way < 3 && strcmp(argv[1], ways[way].name) != 0)
		way++;
	for (int i = 0; i < 3; i++)
		dl_iterate_phdr(find_offset, &offsets[i]);
	place = mmap(NULL, 5 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	other_place = (char *)place + 2 * PAGE;
	free_place = (char *)place + 4 * PAGE;
	make_chain(callers, offsets[2]);
	/* Before the first round the second one is there. */
	map_fixed(place, offsets[1]);
	if (ways[way].put == put_swapped)
		map_fixed(other_place, offsets[0]);
	for (int i = 0; i < 2 * rounds; i++) {
		if (ways[way].put(offsets[i & 1]) != place) {
			perror("remapper");
			return 1;
		}
		uint64_t deadline = cpu_time() + nanoseconds;

		if (callers) {
			chain[callers].function = i & 1 ? leaf_two : leaf_one;
			end_of_round = deadline;
			with_either();
		} else {
			paths[i & 1].call((burn *)place, deadline);
		}
	}
	printf("rounds %d\n", rounds);
	return 0;
}
