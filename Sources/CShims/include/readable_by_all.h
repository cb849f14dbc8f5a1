/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* What fb_set_rights_aside has taken from a thread. */
struct fb_rights {
	uint64_t capabilities;
	uint32_t group;
	int is_root;
	int group_count;
	uint32_t *groups;
};

/* Lets the calling thread open only what every user may open: root becomes, for files, a user and a group
 * without any; other users open with their own rights, without capabilities. Returns 0, or -1 with errno,
 * and then nothing has changed: root may lack CAP_SETUID or CAP_SETGID. */
int fb_set_rights_aside(struct fb_rights *rights);

/* Gives the thread back what was taken. */
void fb_take_rights_back(const struct fb_rights *rights);
