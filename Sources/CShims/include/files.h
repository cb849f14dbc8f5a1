/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

/* openat2(2) below the directory `root`, which symbolic links and `..` cannot leave, without
 * following the magic links of /proc. O_CLOEXEC is added. Returns a descriptor, or -1 with errno:
 * ETIMEDOUT where a file system does not answer within a second. */
int fb_open_in_root(int root, const char *path, int flags);

/* The same, but fails where any part of the path is a symbolic link. */
int fb_open_in_root_without_links(int root, const char *path, int flags);

/* Type, ids, owner, size and times of an O_PATH descriptor as far as the kernel knows them by itself: no
 * server is asked. Other fields are 0. */
int fb_known_status(int place, struct stat *status);

/* Copies in memory: the most bytes of one, and of all that are open. With what else a run takes, they stay
 * within the half gigabyte that a small container has. */
#define FB_MOST_OF_COPY (128 << 20)
#define FB_MOST_OF_COPIES (256 << 20)

/* Opens the regular file behind an O_PATH descriptor for reading. Of a FUSE file system, whose server may
 * let a reader wait for ever, it is a copy in memory. Or -1 with errno: ETIMEDOUT where it does not answer
 * within a second, EFBIG where it is too much to copy. */
int fb_reopen(int place);

/* The root of a file system of this type, mounted nowhere: gone with the descriptor. Or -1 with errno. */
int fb_open_unmounted(const char *type);

/* An empty file in memory, gone with the descriptor. Or -1 with errno. */
int fb_memory_file(const char *name);
