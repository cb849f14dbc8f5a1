/* SPDX-License-Identifier: Apache-2.0 */
/* Demanglers of libiberty and the Swift runtime. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Itanium C++ ABI, as `c++filt` writes it, or without argument lists and return types, as `c++filt
 * -p`. Returns a text to be freed, or NULL. */
char *fb_cxx_demangle(const char *mangled, bool with_arguments);

/* The D language. Returns a text to be freed, or NULL. */
char *fb_d_demangle(const char *mangled);

/* libswiftCore, as its own backtraces use it: names shortened for people. Returns a text to be
 * freed, or NULL; *size is the number of bytes allocated. */
char *_swift_backtrace_demangle(const char *mangled, size_t length, char *buffer, size_t *size);

/* libswiftCore: the full text. Returns a text to be freed, or NULL. */
char *swift_demangle(const char *mangled, size_t length, char *buffer, size_t *size, uint32_t flags);
