/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program with very many different stacks: the paths through a binary tree of calls.
 *
 * True profile: main -> (left | right) x LEVELS -> burn_leaf. Each of the 2^LEVELS paths burns in turn for
 * 0.2 to 2.2 ms, not in the order of the tree, so that all paths have equal shares at all times.
 *
 * Usage: tree [CPU-SECONDS [LEVELS]]
 */
#include "burn.h"

static KEEP void right(unsigned path, int levels, uint64_t deadline);

static KEEP void burn_leaf(uint64_t deadline) { burn_until(deadline); }

static inline __attribute__((always_inline)) void descend(unsigned path, int levels, uint64_t deadline);

static KEEP void left(unsigned path, int levels, uint64_t deadline)
{
	descend(path, levels - 1, deadline);
	sink++;
}

static KEEP void right(unsigned path, int levels, uint64_t deadline)
{
	descend(path, levels - 1, deadline);
	sink++;
}

static inline void descend(unsigned path, int levels, uint64_t deadline)
{
	if (levels == 0)
		burn_leaf(deadline);
	else if (path & 1)
		right(path >> 1, levels, deadline);
	else
		left(path >> 1, levels, deadline);
}

int main(int argc, char **argv)
{
	uint64_t deadline = cpu_time();
	uint64_t end = deadline + seconds_argument(argc, argv, 1, 3);
	int levels = argc > 2 ? atoi(argv[2]) : 10;
	unsigned paths = 1u << levels;
	/* An odd step reaches every path before it repeats one. */
	for (unsigned path = 0; cpu_time() < end; path = (path + 389) % paths)
		descend(path, levels, deadline += random_slice());
	printf("paths %u\n", paths);
	return 0;
}
