/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The name of a kernel address. */
#pragma once

#include <linux/types.h>

/* KSYM_SYMBOL_LEN of Linux 6.1 and later, rounded up: 512 for a name, some more for its module. */
#define FB_KERNEL_NAME_BYTES 640

/* The value of the map `kernel_name`: user space sets the address, the program the name. */
struct fb_kernel_name {
	__u64 address;
	/* `function` or `function [module]`, or a number in text; ends with a NUL. */
	char name[FB_KERNEL_NAME_BYTES];
};
