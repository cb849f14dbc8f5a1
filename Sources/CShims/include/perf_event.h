/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/perf_event.h>
#include <linux/types.h>

/* perf_event_open(2) for all tasks on one CPU, close-on-exec. A descriptor, or -1 with errno. */
int fb_perf_event_open_on_cpu(struct perf_event_attr *attributes, int cpu);

/* The same for one thread while it is on the CPU. */
int fb_perf_event_open_on_thread(struct perf_event_attr *attributes, int thread, int cpu);

/* Writes the records of an event to the ring of another one, which is mapped, and has the same CPU and clock.
 * 0, or -1 with errno. */
int fb_perf_event_redirect(int event, int mapped);

/* Where a uprobe is (type `uprobe`): unions that Swift does not see. The path must outlive the call. */
void fb_perf_event_set_probe_path(struct perf_event_attr *attributes, const char *path);
void fb_perf_event_set_probe_offset(struct perf_event_attr *attributes, __u64 file_offset);

/* PERF_EVENT_IOC_ENABLE and _DISABLE. 0, or -1 with errno. */
int fb_perf_event_enable(int event);
int fb_perf_event_disable(int event);

/* The ring behind a mapped event: the kernel's write position, read with the order that makes its records
 * visible, and our read position, which the kernel must not pass. */
__u64 fb_ring_head(const void *first_page);
__u64 fb_ring_tail(const void *first_page);
void fb_ring_set_tail(void *first_page, __u64 tail);

/* pidfd_open(2). A descriptor, or -1 with errno. */
int fb_pidfd_open(int pid);

/* The same for a single thread: since Linux 6.9, EINVAL before. */
int fb_pidfd_open_thread(int tid);
