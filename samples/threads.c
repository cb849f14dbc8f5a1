/* SPDX-License-Identifier: Apache-2.0 */
/*
 * True profile: three threads, named after their share of the CPU time, at all times
 *   alpha-50:  thread_main -> burn_alpha   50 %
 *   beta-30:   thread_main -> burn_beta    30 %
 *   gamma-20:  thread_main -> burn_gamma   20 %
 * They run in rounds of 10 ms of CPU time and wait for each other after each round. The main thread only
 * waits. Prints each thread's id, and its share as its CPU clock measured it.
 *
 * Usage: threads [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <pthread.h>
#include <unistd.h>

static KEEP void burn_alpha(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_beta(uint64_t deadline) { burn_until(deadline); }
static KEEP void burn_gamma(uint64_t deadline) { burn_until(deadline); }

struct worker {
	const char *name;
	void (*burn)(uint64_t);
	uint64_t per_round;
	pid_t tid;
	uint64_t spent;
};

static struct worker workers[] = {
	{ .name = "alpha-50", .burn = burn_alpha, .per_round = 5000000 },
	{ .name = "beta-30", .burn = burn_beta, .per_round = 3000000 },
	{ .name = "gamma-20", .burn = burn_gamma, .per_round = 2000000 },
};
static uint64_t rounds;
static pthread_barrier_t barrier;

static KEEP void *thread_main(void *argument)
{
	struct worker *worker = argument;
	pthread_setname_np(pthread_self(), worker->name);
	worker->tid = gettid();
	uint64_t start = cpu_time();
	for (uint64_t round = 1; round <= rounds; round++) {
		pthread_barrier_wait(&barrier);
		worker->burn(start + round * worker->per_round);
	}
	worker->spent = cpu_time() - start;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[3];
	uint64_t total = 0;
	rounds = seconds_argument(argc, argv, 1, 3) / 10000000;
	pthread_barrier_init(&barrier, NULL, 3);
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, thread_main, &workers[i]);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		total += workers[i].spent;
	}
	for (int i = 0; i < 3; i++) {
		printf("tid_%s %d\n", workers[i].name, workers[i].tid);
		printf("%s %.5f\n", workers[i].name, (double)workers[i].spent / (double)total);
	}
	return 0;
}
