/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The BPF program. A collector is a header in collectors/: its SEC() functions, what they count, and its law.
 * The parts that collectors share are sample.h (the way of a sample), take_stacks.h and count_sample.h.
 */
#include "collectors/on_cpu.h"
#include "followers/chosen_ranges.h"
#include "followers/processes.h"
#include "kernel_names.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
