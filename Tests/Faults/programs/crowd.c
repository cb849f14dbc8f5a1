/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many of something, beside main -> burn_in_crowd: threads, mappings of one executable file, or
 * libraries.
 *
 * Usage: crowd SECONDS threads|mappings|libraries COUNT [FILE]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static KEEP void burn_in_crowd(uint64_t deadline) { burn_until(deadline); }

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void add_thread(void)
{
	pthread_t thread;
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	if (pthread_create(&thread, &attributes, wait_for_ever, NULL))
		perror("pthread_create");
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int count = atoi(argv[3]), file = argc > 4 ? open(argv[4], O_RDONLY) : -1;
	for (int i = 0; i < count; i++) {
		char path[4096];
		switch (argv[2][0]) {
		case 't':
			add_thread();
			break;
		case 'm':
			/* Two pages apart in the file: or the kernel would make one mapping of them. */
			mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, (i & 1) * 8192);
			break;
		default:
			snprintf(path, sizeof(path), "%s/%d.so", argv[4], i);
			if (!dlopen(path, RTLD_NOW))
				fprintf(stderr, "%s\n", dlerror());
		}
	}
	printf("ready\n");
	fflush(stdout);
	burn_in_crowd(cpu_time() + seconds_argument(argc, argv, 1, 3));
	return 0;
}
