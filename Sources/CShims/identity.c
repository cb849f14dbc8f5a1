/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The system calls themselves: those of the C library are for all threads. */
static int set_groups_to_none(void) { return (int)syscall(SYS_setgroups, 0, NULL); }
static int set_group(uint32_t id) { return (int)syscall(SYS_setresgid, id, id, id); }
static int set_user(uint32_t id) { return (int)syscall(SYS_setresuid, id, id, id); }

enum { SMALL_IDS = FB_LAST_SMALL_ID - FB_FIRST_SMALL_ID + 1, TRIES = 1 + SMALL_IDS };

/* The ids to try, one after the other, until one exists in the user namespace. */
static uint32_t unused_id(uint32_t random, uint32_t attempt)
{
	if (attempt == 0)
		return FB_FIRST_UNUSED_ID + random % (FB_LAST_UNUSED_ID - FB_FIRST_UNUSED_ID + 1);
	return FB_FIRST_SMALL_ID + (random + attempt) % SMALL_IDS;
}

/* 1 if there is none, or without the right. */
static int try_ids(int (*set)(uint32_t), uint32_t random)
{
	for (uint32_t attempt = 0; attempt < TRIES; attempt++) {
		if (set(unused_id(random, attempt)) == 0)
			return 0;
		if (errno == EPERM)
			return 1;
		if (errno != EINVAL)
			return -1;
	}
	return 1;
}

int fb_become_own_user(void)
{
	uint32_t random;

	if (geteuid() != 0)
		return 0;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -1;
	/* A user namespace may deny it (/proc/PID/setgroups). */
	if (set_groups_to_none() && errno != EPERM)
		return -1;
	return try_ids(set_group, random) < 0 || try_ids(set_user, random) < 0 ? -1 : 0;
}

int fb_become_owner(const char *folder)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -1;
	for (uint32_t attempt = 0; attempt < TRIES; attempt++) {
		uint32_t id = unused_id(random, attempt);

		if (chown(folder, id, id) == 0) {
			if (fb_become(id, id) == 0)
				return 0;
			int error = errno;

			/* It is to be of use to who we still are. */
			if (chown(folder, 0, 0) == 0)
				errno = error;
			return -1;
		}
		if (errno != EINVAL)
			return -1;
	}
	return -1;
}

int fb_become(uint32_t user, uint32_t group)
{
	return set_groups_to_none() || set_group(group) || set_user(user) ? -1 : 0;
}
