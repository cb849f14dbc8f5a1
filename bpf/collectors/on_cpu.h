/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Samples of the running thread: by a timer or counter of each CPU, or by hits of a tracepoint or uprobe.
 * Law: fired = idle + filtered + recorded + Σ lost, in runs of the program.
 */
#pragma once

#include <linux/bpf_perf_event.h>

#include "sample.h"

/* A timer or counter of the CPU has expired. */
SEC("perf_event")
int sample(struct bpf_perf_event_data *ctx)
{
	struct fb_scratch *scratch = own_scratch();

	/* Entry 0 of a per-CPU array exists: the check is for the verifier. */
	if (scratch)
		take_sample(ctx, ctx, config.counts_events ? ctx->sample_period : 1, scratch);
	return 0;
}

/* A tracepoint or uprobe was hit. Loaded instead of `sample`, as a program of its type. */
SEC("?tracepoint")
int sample_hit(void *ctx)
{
	struct fb_scratch *scratch = own_scratch();

	if (scratch && !((__sync_fetch_and_add(&scratch->hits, 1) + 1) % config.hit_period))
		take_sample(ctx, NULL, config.hit_period, scratch);
	return 0;
}
