/* SPDX-License-Identifier: Apache-2.0 */
/*
 * True profile: main -> descend, DEPTH times -> burn_at_leaf. Calling and returning takes next to no time:
 * all samples are at the leaf and have equally many frames.
 *
 * Usage: recursion [CPU-SECONDS [DEPTH]]
 */
#include "burn.h"

static KEEP void burn_at_leaf(uint64_t deadline) { burn_until(deadline); }

static KEEP void descend(long depth, uint64_t deadline)
{
	if (depth > 1)
		descend(depth - 1, deadline);
	else
		burn_at_leaf(deadline);
	sink++;
}

int main(int argc, char **argv)
{
	uint64_t end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	long depth = argc > 2 ? atol(argv[2]) : 50;
	descend(depth, end);
	printf("depth %ld\n", depth);
	return 0;
}
