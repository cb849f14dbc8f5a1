/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The kernel's own word for its addresses. To read all of /proc/kallsyms for a few hundred of them
 * takes more time than all else that a short run does, and knows no program of ours any more once
 * they are gone.
 */
#pragma once

#include "maps.h"

/* Not in .rodata, which is the configuration alone. */
static const char as_symbol[] SEC(".rodata.format") = "%ps";

/* Run by user space, once for each address. */
SEC("syscall")
int name_kernel_address(void *ctx)
{
	__u32 only_entry = 0;
	struct fb_kernel_name *question = bpf_map_lookup_elem(&kernel_name, &only_entry);

	if (question)
		bpf_snprintf(question->name, sizeof(question->name), as_symbol, &question->address,
			     sizeof(question->address));
	return 0;
}
