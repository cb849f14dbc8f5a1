/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks whose ids are those that flameback's first versions tried for another process's stack: ids were a
 * hash of the frames that could be inverted.
 *
 * A process burns in code made at run time, at a fixed address, below two frames that its frame pointers make
 * up. The victim's frames are what they are; the N-th attacker's are chosen so that its stack has the N-th id
 * that was tried for the victim's, 0 to 3.
 *
 * Usage: crafted_stacks SECONDS [N]      without N: the victim
 */
#define _GNU_SOURCE
#include "burn.h"

#include <string.h>
#include <sys/mman.h>

/* Of bpf/stack_store.h and bpf/layout.h of commit caafaa2. */
#define FRAMES 3
#define BLOCK 8
#define REACH_APPROXIMATE 2
#define FACTOR 0x9E3779B97F4A7C15ULL

/* Any address in it is mapped, and so may be a frame. */
#define BEGIN 0x100000000000ULL
#define SIZE 0x400000000000ULL

/* One instruction, so that the leaf is always the same frame. */
static const unsigned char loop[] = {
	/* mov %rsi, %rbp; jmp to itself */
	0x48, 0x89, 0xf5, 0xeb, 0xfe,
};

static uint64_t step(uint64_t hash, uint64_t frame)
{
	hash = (hash ^ frame) * FACTOR;
	return hash ^ hash >> 29;
}

static uint64_t without_shift(uint64_t hash) { return hash ^ hash >> 29 ^ hash >> 58; }

/* The factor's inverse modulo 2^64, by Newton's iteration. */
static uint64_t inverse(void)
{
	uint64_t result = FACTOR;
	for (int i = 0; i < 6; i++)
		result *= 2 - FACTOR * result;
	return result;
}

static uint64_t hash_of(const uint64_t *frames)
{
	uint64_t hash = (FRAMES | (uint64_t)REACH_APPROXIMATE << 8 << 32) * 0xD6E8FEB86659FD93ULL;
	for (int i = 0; i < BLOCK; i++)
		hash = step(hash, i < FRAMES ? frames[i] : 0);
	return hash;
}

/* Chooses frames 1 and 2 so that the hash is `wish`; the second is in the mapping once in 2^18 tries. */
static void craft(uint64_t *frames, uint64_t wish)
{
	uint64_t factor = inverse(), before = wish;
	for (int i = 0; i < BLOCK - FRAMES; i++)
		before = without_shift(before) * factor;
	uint64_t target = without_shift(before) * factor;
	uint64_t hash =
		step((FRAMES | (uint64_t)REACH_APPROXIMATE << 8 << 32) * 0xD6E8FEB86659FD93ULL, frames[0]);
	for (uint64_t i = 0x1000;; i++) {
		frames[1] = BEGIN + i * 16;
		frames[2] = step(hash, frames[1]) ^ target;
		if (frames[2] > BEGIN && frames[2] < BEGIN + SIZE)
			return;
	}
}

int main(int argc, char **argv)
{
	unsigned char *code = mmap((void *)BEGIN, SIZE, PROT_READ | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	if (argc < 2 || code == MAP_FAILED || mprotect(code, 4096, PROT_READ | PROT_WRITE | PROT_EXEC))
		return 1;
	memcpy(code, loop, sizeof(loop));
	mprotect(code, 4096, PROT_READ | PROT_EXEC);
	uint64_t frames[FRAMES] = { BEGIN + 3, BEGIN + 0x1000, BEGIN + 0x2000 };
	if (argc > 2) {
		uint64_t wish = hash_of(frames) + (uint64_t)atoi(argv[2]);
		craft(frames, wish);
		if (hash_of(frames) != wish)
			return 1;
	}
	/* Leaf first: pairs of the caller's frame pointer and the return address. */
	uint64_t chain[4] = { 0, frames[1], 0, frames[2] };
	chain[0] = (uint64_t)&chain[2];
	printf("%llx %llx\n", (unsigned long long)frames[1], (unsigned long long)frames[2]);
	fflush(stdout);
	((void (*)(uint64_t, uint64_t *))(void *)code)(0, chain);
	return 0;
}
