/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_in_root(int root, const char *path, int flags, __u64 resolve)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | resolve,
	};
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
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
