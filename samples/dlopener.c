/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that loads a library while it runs.
 *
 * True profile: main -> before_dlopen -> burn_before, half of the CPU time, and then
 *               main -> after_dlopen -> plugin_work -> burn_in_plugin, in libplugin.so, the other half.
 *
 * Usage: dlopener [CPU-SECONDS [PLUGIN]]
 */
#include "burn.h"

#include <dlfcn.h>
#include <string.h>

typedef void plugin_work(uint64_t deadline);

static KEEP void burn_before(uint64_t deadline) { burn_until(deadline); }
static KEEP void before_dlopen(uint64_t deadline) { burn_before(deadline); }
static KEEP void after_dlopen(plugin_work *work, uint64_t deadline) { work(deadline); }

int main(int argc, char **argv)
{
	char path[4096];
	uint64_t half = seconds_argument(argc, argv, 1, 3) / 2;
	const char *slash = strrchr(argv[0], '/');
	if (argc > 2)
		snprintf(path, sizeof(path), "%s", argv[2]);
	else
		snprintf(path, sizeof(path), "%.*s/libplugin.so", slash ? (int)(slash - argv[0]) : 1,
			 slash ? argv[0] : ".");

	before_dlopen(cpu_time() + half);
	void *plugin = dlopen(path, RTLD_NOW);
	plugin_work *work = plugin ? (plugin_work *)dlsym(plugin, "plugin_work") : NULL;
	if (!work) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	after_dlopen(work, cpu_time() + half);
	return 0;
}
