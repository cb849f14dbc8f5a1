/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread with names that could break a picture, a terminal, a folded line or a path: markup, escape
 * sequences, control bytes, a newline, separators, digits at the end, bytes that are not UTF-8,
 * text that runs from right to left.
 *
 * True profile: under each of the names, main -> burn_named, in equal parts. One thread that
 * changes its name every 2 ms.
 *
 * Usage: hostile [CPU-SECONDS]
 */
#define _GNU_SOURCE
#include "burn.h"

#include <sys/prctl.h>

static const char *const names[] = {
	/* clang-format off */
	"<script>a()</", "]]>&amp;\"'<!--", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a;b;c 12",
	"two\nlines\r", "../../etc/pass", "\xff\xfe\x80 bytes", "\xe2\x80\xae" "desrever", "\xc2\x9b" "31m",
	"\x01\x02\x7f", "\xef\xbf\xbf" "\xed\xa0\x80", " 5 ", "-o",
	/* clang-format on */
};

static KEEP void burn_named(uint64_t deadline) { burn_until(deadline); }

int main(int argc, char **argv)
{
	uint64_t end = cpu_time() + seconds_argument(argc, argv, 1, 3);
	for (unsigned i = 0; cpu_time() < end; i++) {
		prctl(PR_SET_NAME, names[i % (sizeof(names) / sizeof(names[0]))]);
		burn_named(cpu_time() + 2000000);
	}
	return 0;
}
