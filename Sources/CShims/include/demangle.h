/* SPDX-License-Identifier: Apache-2.0 */
/* Demanglers that are in the process already: libstdc++'s and the Swift runtime's. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Itanium C++ ABI. Returns a text to be freed, or NULL; *status is 0 where it succeeded. */
char *__cxa_demangle(const char *mangled, char *buffer, size_t *size, int *status);

/* libswiftCore, as its own backtraces use it: names shortened for people. Returns a text to be
 * freed, or NULL; *size is the room that was allocated. */
char *_swift_backtrace_demangle(const char *mangled, size_t length, char *buffer, size_t *size);

/* libswiftCore: the full text. Returns a text to be freed, or NULL. */
char *swift_demangle(const char *mangled, size_t length, char *buffer, size_t *size,
		     uint32_t flags);
