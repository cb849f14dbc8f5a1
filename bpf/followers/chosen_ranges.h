/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Notes the ranges that processes are about to map. The kernel reports no munmap; but before something else
 * is mapped there, it picks the addresses, which this program sees before any code can run there. Until user
 * space publishes the new mapping, nothing counts as known in that range: so no frame gets the name of what
 * was unmapped.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_tracing.h>

#include "process.h"

SEC("raw_tp/vm_unmapped_area")
int BPF_PROG(note_new_range, unsigned long address, struct vm_unmapped_area_info *info)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 pid = process_id(task);
	struct fb_process_space *known = bpf_map_lookup_elem(&spaces, &pid);

	/*
	 * No mapping is published that could be outdated; or there was no free range, and this is an error.
	 */
	if (!known || address & 0xfff)
		return 0;
	struct fb_new_ranges *ranges = bpf_map_lookup_elem(&new_ranges, &pid);

	if (!ranges) {
		struct fb_new_ranges none = {};

		bpf_map_update_elem(&new_ranges, &pid, &none, BPF_NOEXIST);
		ranges = bpf_map_lookup_elem(&new_ranges, &pid);
		if (!ranges)
			return 0;
	}
	__u64 at = __sync_fetch_and_add(&ranges->count, 1) & (FB_NEW_RANGES - 1);

	barrier_var(at);
	struct fb_new_range *range = &ranges->ranges[at];

	range->begin = address;
	range->end = address + BPF_CORE_READ(info, length);
	range->since = bpf_ktime_get_ns() >> FB_STAMP_SHIFT;
	known->changed = range->since;
	return 0;
}
