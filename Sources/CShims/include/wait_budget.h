/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Milliseconds that a process may still wait for file systems that do not answer, all threads together.
 * At first single waits may take a second; when the budget is spent, 0.1 s.
 */

/* The longest that the next wait may take: 100 to 1000 ms, and no more than what is left above 100 ms. */
static inline int fb_next_wait(const int *budget)
{
	int left = __atomic_load_n(budget, __ATOMIC_RELAXED);

	return left < 100 ? 100 : left < 1000 ? left : 1000;
}

/* Subtracts a wait that took its full time. The budget does not fall below 0. */
static inline void fb_spend_wait(int *budget, int milliseconds)
{
	int left = __atomic_load_n(budget, __ATOMIC_RELAXED), rest;

	do
		rest = left > milliseconds ? left - milliseconds : 0;
	while (!__atomic_compare_exchange_n(budget, &left, rest, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}
