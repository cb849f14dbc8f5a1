/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "readable_by_all.h"
#include "callers_rights.h"
#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* setfsuid(2) and setfsgid(2) return what was before, also if they have changed nothing. The system calls
 * themselves, here and below: those of the C library may be for all threads. */
static int set_id(long call, uint32_t id)
{
	syscall(call, id);
	return (uint32_t)syscall(call, -1) == id;
}

static int set_unused_id(long call)
{
	/* The second one for user namespaces that lack the first. */
	return set_id(call, FB_LAST_UNUSED_ID) || set_id(call, FB_LAST_SMALL_ID);
}

static int set_groups(int count, const uint32_t *groups)
{
	return (int)syscall(SYS_setgroups, count, groups);
}

/* Going on with half of the rights would give others' names to this thread's later work. */
static void must(int done)
{
	if (!done)
		abort();
}

static void take_root_back(const struct fb_rights *rights)
{
	must(set_id(SYS_setfsuid, 0));
	must(set_id(SYS_setfsgid, rights->group));
	must(set_groups(rights->group_count, rights->groups) == 0);
	free(rights->groups);
}

int fb_set_rights_aside(struct fb_rights *rights)
{
	*rights = (struct fb_rights){ .is_root = geteuid() == 0, .group = getegid() };
	if (!rights->is_root) {
		rights->capabilities = fb_exchange_capabilities(0);
		return 0;
	}
	int count = (int)syscall(SYS_getgroups, 0, NULL);

	if (count < 0)
		return -1;
	rights->groups = calloc((size_t)count + 1, sizeof(*rights->groups));
	if (!rights->groups)
		return -1;
	rights->group_count = (int)syscall(SYS_getgroups, count, rights->groups);
	if (rights->group_count != count || set_groups(0, NULL)) {
		free(rights->groups);
		return -1;
	}
	/* The user last: with root's id the thread loses its capabilities for files. */
	if (set_unused_id(SYS_setfsgid) && set_unused_id(SYS_setfsuid))
		return 0;
	take_root_back(rights);
	errno = EPERM;
	return -1;
}

void fb_take_rights_back(const struct fb_rights *rights)
{
	if (rights->is_root)
		take_root_back(rights);
	else
		fb_exchange_capabilities(rights->capabilities);
}
