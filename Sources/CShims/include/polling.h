/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <poll.h>
#include <stdint.h>

/* poll(2), for nanoseconds. */
int fb_poll(struct pollfd *descriptors, nfds_t count, uint64_t nanoseconds);
