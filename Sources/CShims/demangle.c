/* SPDX-License-Identifier: Apache-2.0 */
#include "demangle.h"

#include <libiberty/demangle.h>

char *fb_cxx_demangle(const char *mangled, bool with_arguments)
{
	/* libiberty limits the depth of its recursion by itself. */
	return cplus_demangle_v3(mangled, DMGL_ANSI | (with_arguments ? DMGL_PARAMS | DMGL_VERBOSE : 0));
}

char *fb_d_demangle(const char *mangled) { return dlang_demangle(mangled, DMGL_DLANG); }
