/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that copies a page of its text to anonymous memory at its own address, as programs do that want
 * their text in huge pages.
 *
 * True profile: main -> with_copy -> in_copy, all of it in the copy.
 *
 * Usage: copied [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE 4096
/* A function that is alone in its page. */
#define OWN_PAGE(name) __attribute__((section(".text." #name), aligned(PAGE))) KEEP

OWN_PAGE(in_copy) static void in_copy(uint64_t deadline) { burn_until(deadline); }
OWN_PAGE(after) static void after(void) {}

static KEEP void with_copy(uint64_t deadline)
{
	in_copy(deadline);
	sink++;
}

int main(int argc, char **argv)
{
	static char copy[PAGE];
	void *page = (void *)in_copy;

	after();
	memcpy(copy, page, PAGE);
	if (mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		    page ||
	    memcpy(page, copy, PAGE) != page || mprotect(page, PAGE, PROT_READ | PROT_EXEC) != 0) {
		perror("copied");
		return 1;
	}
	with_copy(cpu_time() + seconds_argument(argc, argv, 1, 3));
	return 0;
}
