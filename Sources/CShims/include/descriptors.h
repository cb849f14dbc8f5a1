/* SPDX-License-Identifier: Apache-2.0 */
/* What Swift's Glibc module leaves out of <fcntl.h>, <sys/auxv.h> and <sys/sysmacros.h>. */
#pragma once

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/sysmacros.h>

/* O_PATH, which <fcntl.h> shows only under _GNU_SOURCE. */
enum { FB_O_PATH = 010000000 };

static inline uint32_t fb_device_major(uint64_t device) { return gnu_dev_major(device); }
static inline uint32_t fb_device_minor(uint64_t device) { return gnu_dev_minor(device); }
