/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Exit status of a confined process that ended for want of memory, and of one that could not be confined. */
enum { FB_OUT_OF_MEMORY = 70, FB_NOT_CONFINED = 71 };

/* Gives up, for good, all that parsing does not need: capabilities, root (see identity.h), new
 * privileges, other descriptors than 0 to 3, and by a filter all system calls but those that read what
 * is open already and manage memory. Dies with its parent. If one of it fails, the process ends with
 * FB_NOT_CONFINED. A failed allocation ends it with FB_OUT_OF_MEMORY.
 *
 * `memory`: the most bytes that it may ever come to use, beyond what it has now. */
void fb_confine(uint64_t memory);

/* Of a confined process: how many bytes it may use from now on, beyond what it had when it was
 * confined, within what it was confined to. */
void fb_limit_memory(uint64_t bytes);

/* Gives up all capabilities of this thread but those in the mask; none can be given on. Returns 0, or
 * -1 with errno. */
int fb_keep_capabilities(uint64_t kept);

/* Gives up all capabilities but that of reading any file. Returns 0, or -1 with errno. */
int fb_keep_only_reading(void);

/* Gives up all capabilities, new privileges, other descriptors than 0 to 3, and files of more than 2 GB.
 * Dies with its parent. Returns 0, or -1 with errno. */
int fb_give_up_rights(void);

/* sendmsg and recvmsg without waiting. A descriptor other than -1 goes with the bytes; `descriptor`, if
 * not NULL, is set where one came. Return the number of bytes, 0 at the end, or -1 with errno. */
ssize_t fb_send(int socket, const void *bytes, size_t count, int descriptor);
ssize_t fb_receive(int socket, void *bytes, size_t count, int *descriptor);
