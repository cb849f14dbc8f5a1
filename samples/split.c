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
	static void (*const paths[3])(uint64_t) = { path_a, path_b, path_c };
	uint64_t spent[3] = { 0 };
	uint64_t start = cpu_time(), now = start;
	uint64_t end = start + seconds_argument(argc, argv, 1, 3);

	while (now < end) {
		int next = furthest_behind(3, shares, spent, now - start);
		paths[next](now + random_slice());
		uint64_t then = now;
		now = cpu_time();
		spent[next] += now - then;
	}
	for (int i = 0; i < 3; i++)
		printf("path_%c %.5f\n", 'a' + i, (double)spent[i] / (double)(now - start));
	return 0;
}
