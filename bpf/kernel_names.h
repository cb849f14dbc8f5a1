/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The names of kernel addresses, from the kernel itself. Reading all of /proc/kallsyms for a few hundred
 * addresses would take longer than the rest of a short run, and would miss our own programs, which are
 * unloaded by then.
 */
#pragma once

#include "maps.h"

/* In a section of its own: .rodata is the configuration alone. */
static const char as_symbol[] SEC(".rodata.format") = "%ps";

/* User space runs it once for each address. */
SEC("syscall")
int name_kernel_address(void *ctx)
{
	__u32 only_entry = 0;
	struct fb_kernel_name *entry = bpf_map_lookup_elem(&kernel_name, &only_entry);

	if (entry)
		bpf_snprintf(entry->name, sizeof(entry->name), as_symbol, &entry->address,
			     sizeof(entry->address));
	return 0;
}
