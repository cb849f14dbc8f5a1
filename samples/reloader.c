/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that loads and unloads two libraries in turn, which are mapped at the same address; with
 * "same", the first one only.
 *
 * True profile: main -> with_plugin -> plugin_work -> burn_in_plugin, in libplugin.so, and
 *               main -> with_other -> other_work -> burn_in_other, in libother.so, half each; some in
 *               the dynamic linker. Prints the number of rounds of each, and how often a library had the
 *               address of the one before.
 *
 * Usage: reloader [ROUNDS [MICROSECONDS [same]]]
 */
#include "burn.h"

#include <dlfcn.h>
#include <string.h>

typedef void plugin_work(uint64_t deadline);

static KEEP void with_plugin(plugin_work *work, uint64_t deadline) { work(deadline); }
static KEEP void with_other(plugin_work *work, uint64_t deadline) { work(deadline); }

int main(int argc, char **argv)
{
	static const struct {
		const char *file, *function;
		void (*call)(plugin_work *, uint64_t);
	} libraries[] = {
		{ "libplugin.so", "plugin_work", with_plugin },
		{ "libother.so", "other_work", with_other },
	};
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;
	uint64_t nanoseconds = 1000 * (uint64_t)(argc > 2 ? atoi(argv[2]) : 1000);
	int kinds = argc > 3 && strcmp(argv[3], "same") == 0 ? 1 : 2;
	const char *slash = strrchr(argv[0], '/');
	void *last = NULL;
	int same = 0;

	for (int i = 0; i < 2 * rounds; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%.*s/%s", slash ? (int)(slash - argv[0]) : 1,
			 slash ? argv[0] : ".", libraries[i % kinds].file);
		void *library = dlopen(path, RTLD_NOW);
		void *work = library ? dlsym(library, libraries[i % kinds].function) : NULL;
		if (!work) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		same += work == last;
		last = work;
		libraries[i % kinds].call((plugin_work *)work, cpu_time() + nanoseconds);
		dlclose(library);
	}
	printf("rounds %d\n", rounds);
	printf("same_place %d\n", same);
	return 0;
}
