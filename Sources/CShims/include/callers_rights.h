/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether the program's file has given this process rights that its user lacks: capabilities, or another user
 * id. Not under sudo, where the user is root. */
bool fb_has_rights_of_file(void);

/* Sets the effective capabilities of the calling thread, within the permitted ones, and returns those
 * before. Cannot fail unless a filter of system calls refuses it. Then the program is aborted: going on
 * would open files with rights that the user lacks. */
uint64_t fb_exchange_capabilities(uint64_t mask);

/* Takes out of effect, in the calling thread, the capabilities that the program's file has given it, and
 * returns them; 0 where the caller has given them. What is opened then is what the caller may open. */
uint64_t fb_suspend_capabilities(void);

/* Puts them back into effect. */
void fb_resume_capabilities(uint64_t suspended);
