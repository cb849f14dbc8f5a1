/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Which generation a run counts in. With one window all of this is the constant 0, and costs nothing. */
#pragma once

#include <stdbool.h>

#include "maps.h"

/* Whether one generation after the other is in use. */
static __always_inline bool has_generations(void) { return config.generations > 1; }

/* The generation of a run that starts now, 0 or 1. Read once in a run. */
static __always_inline __u32 current_generation(void)
{
	return has_generations() ? *(volatile __u32 *)&shared.generation & 1 : 0;
}

static __always_inline __u32 generation_of(const struct fb_scratch *scratch)
{
	return has_generations() ? scratch->generation & 1 : 0;
}

static __always_inline struct fb_window *window_of(__u32 generation)
{
	return has_generations() ? &shared.windows[generation & 1] : &shared.windows[0];
}
