/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges two paths for so many seconds, as fast as it can: swap SECONDS A B */
#define _GNU_SOURCE
#include "burn.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
	uint64_t end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	while (argc > 3 && cpu_time() < end)
		if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE))
			return 1;
	return 0;
}
