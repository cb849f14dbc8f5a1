/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Adds a sample to the count of its key. */
#pragma once

#include "counters.h"
#include "shares.h"
#include "thread_names.h"
#include "timeline.h"

/* The sample in the scratch, taken at `now` (CLOCK_MONOTONIC, ns). Returns FB_STORED or the loss. */
static __always_inline int count_sample(struct fb_scratch *scratch, __u64 now)
{
	const struct fb_count_key *key = &scratch->key;
	struct fb_count *count = bpf_map_lookup_elem(&counts, key);

	if (!count && bounds_shares() && keep_name(scratch))
		count = bpf_map_lookup_elem(&counts, key);
	if (!count) {
		if (bounds_shares() && !take_count(scratch))
			return FB_LOST_SHARE;
		struct fb_count first = {
			.samples = 1,
			.value = scratch->value,
			.first_ns = now,
			.last_ns = now,
			.id = new_count_id(scratch),
		};
		long error = bpf_map_update_elem(&counts, key, &first, BPF_NOEXIST);

		if (!error) {
			keep_time(scratch, first.id, now);
			return FB_STORED;
		}
		if (error != -EEXIST)
			return loss_of_update(error);
		/* Another CPU was first. */
		count = bpf_map_lookup_elem(&counts, key);
		if (!count)
			return FB_LOST_BUSY;
	}
	__sync_fetch_and_add(&count->samples, 1);
	__sync_fetch_and_add(&count->value, scratch->value);
	count->last_ns = now;
	keep_time(scratch, count->id, now);
	return FB_STORED;
}
