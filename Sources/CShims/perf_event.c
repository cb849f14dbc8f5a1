/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "perf_event.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int fb_perf_event_open_on_cpu(struct perf_event_attr *attributes, int cpu)
{
	return (int)syscall(SYS_perf_event_open, attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

int fb_perf_event_open_on_thread(struct perf_event_attr *attributes, int thread, int cpu)
{
	return (int)syscall(SYS_perf_event_open, attributes, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

int fb_perf_event_redirect(int event, int mapped) { return ioctl(event, PERF_EVENT_IOC_SET_OUTPUT, mapped); }

void fb_perf_event_set_probe_path(struct perf_event_attr *attributes, const char *path)
{
	attributes->uprobe_path = (__u64)(unsigned long)path;
}

void fb_perf_event_set_probe_offset(struct perf_event_attr *attributes, __u64 file_offset)
{
	attributes->probe_offset = file_offset;
}

int fb_perf_event_enable(int event) { return ioctl(event, PERF_EVENT_IOC_ENABLE, 0); }

int fb_perf_event_disable(int event) { return ioctl(event, PERF_EVENT_IOC_DISABLE, 0); }

__u64 fb_ring_head(const void *first_page)
{
	const struct perf_event_mmap_page *page = first_page;

	return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
}

__u64 fb_ring_tail(const void *first_page)
{
	const struct perf_event_mmap_page *page = first_page;

	return page->data_tail;
}

void fb_ring_set_tail(void *first_page, __u64 tail)
{
	struct perf_event_mmap_page *page = first_page;

	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

int fb_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int fb_pidfd_open_thread(int tid)
{
	/* PIDFD_THREAD, which older headers do not have. */
	return (int)syscall(SYS_pidfd_open, tid, O_EXCL);
}
