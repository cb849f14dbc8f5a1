/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that executes another one in its own process.
 *
 * True profile: main -> before_exec -> burn_before, for the CPU time given; then the profile of PROGRAM.
 *
 * Usage: execer CPU-SECONDS PROGRAM [ARGUMENT...]
 */
#include "burn.h"

#include <unistd.h>

static KEEP void burn_before(uint64_t deadline) { burn_until(deadline); }
static KEEP void before_exec(uint64_t deadline) { burn_before(deadline); }

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	before_exec(cpu_time() + seconds_argument(argc, argv, 1, 0));
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
