/* SPDX-License-Identifier: Apache-2.0 */
/* The library that dlopener loads: libplugin.so with plugin_work -> burn_in_plugin. */
#include "burn.h"

static KEEP void burn_in_plugin(uint64_t deadline) { burn_until(deadline); }

__attribute__((visibility("default"))) KEEP void plugin_work(uint64_t deadline) { burn_in_plugin(deadline); }
