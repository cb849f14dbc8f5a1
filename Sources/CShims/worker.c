/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "worker.h"
#include "identity.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Address space at the time of confinement. */
static uint64_t base;

/* From what an exec could give. Needs CAP_SETPCAP; without it, no_new_privs has to do. */
static int drop_from_bounding_set(uint64_t kept)
{
	/* The kernel does not know all of them. */
	for (int capability = 0; capability <= 63; capability++)
		if (!(kept >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) &&
		    errno != EPERM && errno != EINVAL)
			return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

int fb_keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };

	if (syscall(SYS_capget, &header, sets))
		return -1;
	for (int i = 0; i < 2; i++) {
		uint32_t mask = (uint32_t)(kept >> (32 * i));

		sets[i].permitted &= mask;
		sets[i].effective &= mask;
		sets[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, sets);
}

/* Traps of Swift and aborts of C end the process either way; this reports whether an allocation failed, or
 * would fail now. */
static void on_trap(int number)
{
	const size_t some = 4 << 20;

	if (errno == ENOMEM || mmap(NULL, some, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		_exit(FB_OUT_OF_MEMORY);
	signal(number, SIG_DFL);
	raise(number);
}

static int set_signals(void)
{
	const int traps[] = { SIGILL, SIGTRAP, SIGABRT };
	const int others[] = { SIGSEGV, SIGBUS, SIGFPE, SIGXCPU };
	sigset_t blocked;

	/* The terminal's signals are for the parent. */
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		struct sigaction action = { .sa_handler = on_trap, .sa_flags = SA_NODEFER };

		sigdelset(&blocked, traps[i]);
		if (sigaction(traps[i], &action, NULL))
			return -1;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		sigdelset(&blocked, others[i]);
		if (signal(others[i], SIG_DFL) == SIG_ERR)
			return -1;
	}
	return sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static int limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	struct rlimit old;

	if (getrlimit(resource, &old))
		return -1;
	if (old.rlim_max < hard)
		hard = old.rlim_max;
	return setrlimit(resource, &(struct rlimit){ soft < hard ? soft : hard, hard });
}

static int keep_capabilities(uint64_t kept)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || drop_from_bounding_set(kept) ||
			       fb_keep_capabilities(kept) ?
		       -1 :
		       0;
}

int fb_keep_only_reading(void) { return keep_capabilities(UINT64_C(1) << CAP_DAC_READ_SEARCH); }

int fb_give_up_rights(void)
{
	const rlim_t most = UINT64_C(2) << 30;

	return syscall(SYS_close_range, 4, ~0U, 0) || keep_capabilities(0) ||
			       limit(RLIMIT_FSIZE, most, most) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) ?
		       -1 :
		       0;
}

static uint64_t address_space(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file) {
		if (fscanf(file, "%lu", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void fb_limit_memory(uint64_t bytes)
{
	struct rlimit space;

	if (base == 0 || getrlimit(RLIMIT_AS, &space))
		return;
	rlim_t most = base + bytes;

	space.rlim_cur = most < space.rlim_max ? most : space.rlim_max;
	setrlimit(RLIMIT_AS, &space);
}

/* Goes on behind the next statement unless the call has this number. */
#define ALLOW(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* The lower half of an argument. */
#define LOAD(argument) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[argument]))

static int filter_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		REFUSE,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* clang-format off */
		/* What is open already. */
		ALLOW(read), ALLOW(pread64), ALLOW(fstat), ALLOW(newfstatat), ALLOW(statx), ALLOW(close),
		/* The socket, and messages on standard error. */
		ALLOW(sendmsg), ALLOW(write), ALLOW(recvmsg), ALLOW(poll), ALLOW(ppoll),
		/* Memory, threads' locks, time, the end. */
		ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(brk), ALLOW(futex),
		ALLOW(sched_yield), ALLOW(getrandom), ALLOW(clock_gettime), ALLOW(gettid),
		ALLOW(getpid), ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn),
		ALLOW(exit), ALLOW(exit_group),
		/* clang-format on */
		/* Nothing becomes executable. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 4),
		LOAD(2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		REFUSE,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		/* Limits and signals of its own only. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prlimit64, 0, 4),
		LOAD(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		REFUSE,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 4),
		LOAD(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
		REFUSE,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		REFUSE,
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static void must(int failed)
{
	if (failed)
		_exit(FB_NOT_CONFINED);
}

void fb_confine(uint64_t memory)
{
	must(syscall(SYS_close_range, 4, ~0U, 0) != 0);
	must(set_signals());
	base = address_space();

	must(limit(RLIMIT_CORE, 0, 0));
	must(limit(RLIMIT_FSIZE, 0, 0));
	/* The parent keeps time; this is for when it cannot. SIGXCPU comes first. */
	must(limit(RLIMIT_CPU, 3600, 3660));
	must(limit(RLIMIT_NOFILE, 16384, 16384));
	if (base)
		must(limit(RLIMIT_AS, base + memory, base + memory));

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	must(drop_from_bounding_set(0));
	must(fb_become_own_user());
	must(fb_keep_capabilities(0));
	/* Only now: a change of the user takes it back. */
	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
	must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	must(filter_system_calls());
}

ssize_t fb_send(int socket, const void *bytes, size_t count, int descriptor)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { (void *)bytes, count };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (descriptor >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
	}
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t fb_receive(int socket, void *bytes, size_t count, int *descriptor)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { bytes, count };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	/* Without space for them, the kernel drops descriptors that were sent. */
	if (descriptor) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (received < 0 || !descriptor)
		return received;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(descriptor, CMSG_DATA(header), sizeof(int));
	return received;
}
