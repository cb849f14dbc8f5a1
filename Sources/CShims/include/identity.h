/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Ids that no system gives to a user. Above what SSSD (2,000,200,000) and winbind use, below what podman
 * does (from 2,147,483,647 on); systemd marks them as unused. The others are for user namespaces of 65,536
 * ids, as containers have them; systemd and Debian leave them unused. */
enum { FB_FIRST_UNUSED_ID = 2000200001, FB_LAST_UNUSED_ID = 2147483646 };
enum { FB_FIRST_SMALL_ID = 65520, FB_LAST_SMALL_ID = 65533 };

/* Root only, in a process with one thread: becomes a user and a group of its own, with a random id of
 * those above, for good. So no other user's process can send it signals. Where the user namespace has
 * none of the ids, or root lacks CAP_SETUID or CAP_SETGID, all or one stays as it is. Returns 0, or -1
 * with errno if it failed for another reason. Does nothing for other users. */
int fb_become_own_user(void);

/* Root only, in a process with one thread: the same, with the folder as the user's own, by its path. Returns
 * 0, or -1 with errno: also where the user namespace has none of the ids, or a capability is missing. */
int fb_become_owner(const char *folder);

/* Root only, in a process with one thread: becomes this user and group, without other groups, for good.
 * Returns 0, or -1 with errno. */
int fb_become(uint32_t user, uint32_t group);
