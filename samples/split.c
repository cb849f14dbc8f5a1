/* SPDX-License-Identifier: Apache-2.0 */
/*
 * True profile: main -> path_a -> burn_a   60 %
 *               main -> path_b -> burn_b   30 %
 *               main -> path_c -> burn_c   10 %
 * of the CPU time, at all times, in one thread. Prints the shares as its own CPU clock saw them.
 *
 * The path that lags furthest behind its share runs next, for a slice of random length: so the
 * shares hold in every tenth of a second, and no sampling rate can beat in time with the slices.
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

/* 0.2 to 2.2 ms. */
static uint64_t slice(void)
{
	static uint32_t state = 2463534242u;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return 200000 + state % 2000000;
}

int main(int argc, char **argv)
{
	static const double shares[3] = {0.6, 0.3, 0.1};
	static void (*const paths[3])(uint64_t) = {path_a, path_b, path_c};
	uint64_t spent[3] = {0};
	uint64_t start = cpu_time(), now = start;
	uint64_t end = start + seconds_argument(argc, argv, 1, 3);

	while (now < end) {
		int next = 0;
		double largest_lag = -1e18;
		for (int i = 0; i < 3; i++) {
			double lag = shares[i] * (double)(now - start) - (double)spent[i];
			if (lag > largest_lag) {
				largest_lag = lag;
				next = i;
			}
		}
		paths[next](now + slice());
		uint64_t then = now;
		now = cpu_time();
		spent[next] += now - then;
	}
	for (int i = 0; i < 3; i++)
		printf("path_%c %.5f\n", 'a' + i, (double)spent[i] / (double)(now - start));
	return 0;
}
