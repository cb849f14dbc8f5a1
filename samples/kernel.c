/* SPDX-License-Identifier: Apache-2.0 */
/*
 * True profile: main -> read_zeros -> read -> the kernel, which clears 1 MiB of memory in each call. User
 * space runs a few hundred instructions a call, so more than 95 % of the samples have kernel frames at the
 * leaf. (By frame pointers alone, read_zeros is missing: Debian's `read` has no frame, so its caller is
 * skipped.) Prints user and system seconds as the kernel accounts them.
 *
 * Usage: kernel [CPU-SECONDS]
 */
#include "burn.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static char buffer[1 << 20];

static KEEP void read_zeros(int zeros, uint64_t deadline)
{
	while (cpu_time() < deadline)
		if (read(zeros, buffer, sizeof(buffer)) != (ssize_t)sizeof(buffer))
			exit(1);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int zeros = open("/dev/zero", O_RDONLY);
	if (zeros < 0)
		return 1;
	read_zeros(zeros, cpu_time() + seconds_argument(argc, argv, 1, 3));
	getrusage(RUSAGE_SELF, &usage);
	printf("user %ld.%06ld\n", usage.ru_utime.tv_sec, usage.ru_utime.tv_usec);
	printf("system %ld.%06ld\n", usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
	return 0;
}
