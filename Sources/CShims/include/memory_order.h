/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was written before is seen by other CPUs before what is written after. */
static inline void fb_publish(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

/* Returns when every run of a BPF program that was under way has ended. */
void fb_wait_for_running_programs(void);
