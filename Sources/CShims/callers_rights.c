/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "callers_rights.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t fb_exchange_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };

	if (syscall(SYS_capget, &header, sets))
		abort();
	uint64_t before = (uint64_t)sets[1].effective << 32 | sets[0].effective;

	for (int i = 0; i < 2; i++)
		sets[i].effective = (uint32_t)(mask >> (32 * i)) & sets[i].permitted;
	if (syscall(SYS_capset, &header, sets))
		abort();
	return before;
}

bool fb_has_rights_of_file(void) { return getauxval(AT_SECURE) && getuid() != 0; }

uint64_t fb_suspend_capabilities(void)
{
	return getauxval(AT_SECURE) && geteuid() != 0 ? fb_exchange_capabilities(0) : 0;
}

void fb_resume_capabilities(uint64_t suspended)
{
	if (suspended)
		fb_exchange_capabilities(suspended);
}
