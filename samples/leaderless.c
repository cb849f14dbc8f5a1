/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process whose main thread ends while another one goes on. That one loads a library afterwards.
 *
 * True profile of the thread "worker":
 *   before the main thread ends: worker_main -> in_program -> burn_here
 *   after it: the same 50 %, and worker_main -> in_plugin -> plugin_work -> burn_in_plugin, of
 *             libplugin.so, 50 %, in rounds of 10 ms of CPU time
 * The main thread ends at once; with "wait", when it gets SIGUSR1. Prints the worker's thread id.
 *
 * Usage: leaderless [CPU-SECONDS [wait]]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef void plugin_work(uint64_t deadline);

static KEEP void burn_here(uint64_t deadline) { burn_until(deadline); }
static KEEP void in_program(uint64_t deadline) { burn_here(deadline); }
static KEEP void in_plugin(plugin_work *work, uint64_t deadline) { work(deadline); }

static const uint64_t half_round = 5000000;
static pthread_t main_thread;
static uint64_t run_time;
static char plugin_path[4096];

static plugin_work *load_plugin(void)
{
	void *plugin = dlopen(plugin_path, RTLD_NOW);
	plugin_work *work = plugin ? (plugin_work *)dlsym(plugin, "plugin_work") : NULL;
	if (!work) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return work;
}

static KEEP void *worker_main(void *unused)
{
	pthread_setname_np(pthread_self(), "worker");
	printf("tid %d\n", gettid());
	fflush(stdout);
	while (pthread_tryjoin_np(main_thread, NULL))
		in_program(cpu_time() + half_round);
	plugin_work *work = load_plugin();
	while (cpu_time() < run_time) {
		in_program(cpu_time() + half_round);
		in_plugin(work, cpu_time() + half_round);
	}
	exit(0);
	return unused;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	pthread_t worker;
	sigset_t signals;
	int signal;
	snprintf(plugin_path, sizeof(plugin_path), "%.*s/libplugin.so", slash ? (int)(slash - argv[0]) : 1,
		 slash ? argv[0] : ".");
	run_time = seconds_argument(argc, argv, 1, 3);
	main_thread = pthread_self();
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	pthread_create(&worker, NULL, worker_main, NULL);
	if (argc > 2)
		sigwait(&signals, &signal);
	pthread_exit(NULL);
}
