/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Processes that began to match the filter while they ran: user space does not know their mappings yet. */
#pragma once

#include "maps.h"

static __always_inline void report_unknown_process(__u32 pid)
{
	__u8 is_there = 1;

	if (config.reports_unknown_processes)
		bpf_map_update_elem(&unknown_processes, &pid, &is_there, BPF_ANY);
}
