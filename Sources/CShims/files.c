/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "files.h"
#include "identity.h"
#include "wait_budget.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int openat2(int root, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, root, path, how, sizeof(*how));
}

/* Without CAP_CHOWN the file stays that of our user. */
static int disown(int file)
{
	return fchown(file, FB_LAST_UNUSED_ID, FB_LAST_UNUSED_ID) &&
	       fchown(file, FB_LAST_SMALL_ID, FB_LAST_SMALL_ID) && errno != EPERM && errno != EINVAL;
}

/* A server of a FUSE file system may stop answering, and a process that waits for it cannot even be killed.
 * So its files are never read in place. */
static int copied(int file, off_t most)
{
	struct stat status;

	if (fstat(file, &status))
		return -1;
	if (status.st_size > most) {
		errno = EFBIG;
		return -1;
	}
	int copy = memfd_create("copy", MFD_CLOEXEC);

	/* No other user may write it: its bytes do not change any more. Its owner is no user, since the
	 * server of the file chooses whose it claims to be. */
	if (copy >= 0 && (fchmod(copy, S_IRUSR | S_IWUSR) || disown(copy))) {
		close(copy);
		return -1;
	}

	for (off_t done = 0; copy >= 0 && done < status.st_size;) {
		ssize_t count = sendfile(copy, file, NULL, (size_t)(status.st_size - done));

		if (count <= 0)
			return -1;
		done += count;
	}
	return copy;
}

/* In the child, whose descriptor 1 it is: the regular file behind an O_PATH descriptor, or a copy. */
static int reopened(off_t most)
{
	struct statfs system;
	int file = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (file < 0 || fstatfs(file, &system))
		return -1;
	return system.f_type == FUSE_SUPER_MAGIC ? copied(file, most) : file;
}

/* The child: only calls that are safe after a fork in a program with threads. Without a path, `root` is
 * the file, of which a copy may have `most` bytes. */
static _Noreturn void open_and_send(int root, const char *path, const struct open_how *how, off_t most,
				    int socket)
{
	/* What hangs here must not keep our programs in the kernel. */
	int kept = dup3(socket, 0, 0) == 0 && dup3(root, 1, 0) == 1;

	syscall(SYS_close_range, 2, ~0U, 0);
	int file = !kept ? -1 : path ? openat2(1, path, how) : reopened(most);
	int error = file < 0 ? errno : 0;

	fb_send(0, &error, sizeof(error), file);
	_exit(0);
}

/* A child that has sent its answer is about to end, unless closing its file waits for a server (FLUSH of
 * FUSE). It is left behind then. */
static void reap(pid_t child)
{
	const struct timespec pause = { .tv_nsec = 100000 };

	for (int i = 0; i < 1000; i++) {
		if (waitpid(child, NULL, WNOHANG))
			return;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
}

/* Opens in a child, which may hang in our place. The budget is for the whole process: a dead file system
 * costs only the first few opens much time. */
static int open_in_child(int root, const char *path, const struct open_how *how, off_t most)
{
	static int wait_budget = 2000;
	int sockets[2], file = -1, error = EIO;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -1;
	pid_t child = fork();

	if (child == 0)
		open_and_send(root, path, how, most, sockets[1]);
	close(sockets[1]);
	if (child < 0) {
		close(sockets[0]);
		return -1;
	}
	struct pollfd answer = { .fd = sockets[0], .events = POLLIN };
	int wait = fb_next_wait(&wait_budget), ready;

	do
		ready = poll(&answer, 1, wait);
	while (ready < 0 && errno == EINTR);
	if (ready > 0) {
		if (fb_receive(sockets[0], &error, sizeof(error), &file) != sizeof(error))
			error = EIO;
		reap(child);
	} else {
		fb_spend_wait(&wait_budget, wait);
		error = ETIMEDOUT;
		kill(child, SIGKILL);
		/* Not awaited: on a file system that does not answer, it may outlive its death. */
		waitpid(child, NULL, WNOHANG);
	}
	close(sockets[0]);
	errno = error;
	return file;
}

/* What the kernel knows by heart is opened at once; the rest may lie on a file system that never
 * answers. */
static int open_in_root(int root, const char *path, int flags, __u64 resolve)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_CACHED | resolve,
	};
	int file = openat2(root, path, &how);

	if (file >= 0 || errno != EAGAIN)
		return file;
	how.resolve &= ~(__u64)RESOLVE_CACHED;
	return open_in_child(root, path, &how, 0);
}

int fb_known_status(int place, struct stat *status)
{
	struct statx known;

	/* Not fstatat(2): from Linux 6.11 on it ignores AT_STATX_DONT_SYNC where the path is empty. */
	if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &known))
		return -1;
	*status = (struct stat){
		.st_dev = makedev(known.stx_dev_major, known.stx_dev_minor),
		.st_ino = known.stx_ino,
		.st_mode = known.stx_mode,
		.st_nlink = known.stx_nlink,
		.st_uid = known.stx_uid,
		.st_gid = known.stx_gid,
		.st_size = (off_t)known.stx_size,
		.st_mtim = { known.stx_mtime.tv_sec, known.stx_mtime.tv_nsec },
		.st_ctim = { known.stx_ctime.tv_sec, known.stx_ctime.tv_nsec },
	};
	return 0;
}

/* Devices that were found to answer by themselves, such as tmpfs and overlayfs. */
static _Atomic dev_t own_devices[16];

static int answers_by_itself(dev_t device)
{
	/* Without a number of its own, it is not on a disk: a FUSE, or one of many others. */
	if (major(device) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(own_devices) / sizeof(own_devices[0]); i++)
		if (own_devices[i] == device)
			return 1;
	return 0;
}

/* Copies that are open: a descriptor counts as long as it leads to the same inode. */
static struct copy {
	int file;
	dev_t device;
	ino_t inode;
} copies[1024];
static pthread_mutex_t copying = PTHREAD_MUTEX_INITIALIZER;

/* A free place for a copy, and how many bytes that may have; NULL where there is none. */
static struct copy *place_for_copy(off_t *most)
{
	struct copy *place = NULL;
	struct stat status;

	*most = FB_MOST_OF_COPIES;
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		struct copy *copy = &copies[i];

		if (copy->inode && !fstat(copy->file, &status) && status.st_ino == copy->inode &&
		    status.st_dev == copy->device)
			*most -= status.st_size;
		else
			place = copy;
	}
	if (*most > FB_MOST_OF_COPY)
		*most = FB_MOST_OF_COPY;
	return place;
}

static int reopen_in_child(int place, dev_t device)
{
	static unsigned next;
	struct stat status;
	off_t most;
	struct copy *copy = place_for_copy(&most);
	int file = open_in_child(place, NULL, NULL, copy ? most : 0);

	if (file < 0 || fb_known_status(file, &status))
		return file;
	if (status.st_dev == device)
		own_devices[next++ % (sizeof(own_devices) / sizeof(own_devices[0]))] = device;
	else if (copy)
		*copy = (struct copy){ .file = file, .device = status.st_dev, .inode = status.st_ino };
	return file;
}

int fb_reopen(int place)
{
	struct stat status;
	char path[32];

	if (fb_known_status(place, &status))
		return -1;
	if (answers_by_itself(status.st_dev)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
		return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	pthread_mutex_lock(&copying);
	int file = reopen_in_child(place, status.st_dev);
	int error = errno;

	pthread_mutex_unlock(&copying);
	errno = error;
	return file;
}

int fb_open_in_root(int root, const char *path, int flags)
{
	return open_in_root(root, path, flags, RESOLVE_NO_MAGICLINKS);
}

int fb_open_unmounted(const char *type)
{
	int context = fsopen(type, FSOPEN_CLOEXEC);

	if (context < 0)
		return -1;
	int root = fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ?
			   -1 :
			   fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	int error = errno;

	close(context);
	errno = error;
	return root;
}

int fb_open_in_root_without_links(int root, const char *path, int flags)
{
	return open_in_root(root, path, flags | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
}

int fb_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
