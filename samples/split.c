/* SPDX-License-Identifier: Apache-2.0 */
/*
 * True profile: main -> path_a -> burn_a   60 %
 *               main -> path_b -> burn_b   30 %
 *               main -> path_c -> burn_c   10 %
 * of the CPU time, at all times, in one thread. Prints the shares as its CPU clock measured them.
 *
 * Usage: split [CPU-SECONDS]
 */
#include "burn.h"

static KEEP void burn_a(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_b(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_c(uint64_t deadline) { burn_until(deadline); }

static KEEP void path_a(uint64_t deadline) { burn_a(deadline); }
static KEEP void path_b(uint64_t deadline) { burn_b(deadline); }
static KEEP void path_c(uint64_t deadline) { burn_c(deadline); }

int main(int argc, char **argv)
{
	static const double shares[3] = { 0.6, 0.3, 0.1 };
	static path *const paths[3] = { path_a, path_b, path_c };
	struct turns turns = turns_of(3, shares, seconds_argument(argc, argv, 1, 3));

	while (next_turn(&turns))
		paths[turns.path](turns.deadline);
	for (int i = 0; i < 3; i++)
		printf("path_%c %.5f\n", 'a' + i, (double)turns.spent[i] / (double)(turns.now - turns.start));
	return 0;
}
