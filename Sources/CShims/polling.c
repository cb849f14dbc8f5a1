/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "polling.h"

#include <time.h>

int fb_poll(struct pollfd *descriptors, nfds_t count, uint64_t nanoseconds)
{
	const struct timespec timeout = {
		.tv_sec = (time_t)(nanoseconds / 1000000000),
		.tv_nsec = (long)(nanoseconds % 1000000000),
	};
	return ppoll(descriptors, count, &timeout, NULL);
}
