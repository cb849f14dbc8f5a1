# SPDX-License-Identifier: Apache-2.0
"""Makes folded stacks like those of large programs: the same arguments, the same bytes.

usage: stacks.py DISTINCT-STACKS > FILE

A call tree grown by reuse of what is there already, 20,000 names of C++, Rust, Java, the kernel and
none, 10 to 80 frames deep, counts that differ by orders of magnitude.
"""

import random
import sys


def names(rng):
    spaces = ["columnar", "net", "std", "absl", "boost::asio", "tokio::runtime", "core::iter", "storage"]
    verbs = ["read", "write", "parse", "insert", "merge", "flush", "poll", "hash", "compare", "visit"]
    nouns = ["Block", "Column", "Page", "Buffer", "Node", "Query", "Session", "Index", "Row", "Task"]
    made = []
    for number in range(20_000):
        verb, noun, space = rng.choice(verbs), rng.choice(nouns), rng.choice(spaces)
        kind = rng.random()
        if kind < 0.45:
            made.append(
                f"{space}::{noun}{number}::{verb}(std::vector<{space}::{rng.choice(nouns)}> const&, unsigned long)"
            )
        elif kind < 0.65:
            made.append(f"<{space}::{noun}{number} as core::future::Future>::{verb}")
        elif kind < 0.80:
            made.append(f"com/example/{space.split(':')[0]}/{noun}{number}.{verb}")
        elif kind < 0.97:
            made.append(f"{verb}_{noun.lower()}_{number}")
        else:
            made.append("[unknown]" if kind < 0.975 else f"lib{noun.lower()}.so.{number % 9}+0x{number:x}")
    return made


def main():
    count = int(sys.argv[1])
    rng = random.Random(42)
    known = names(rng)
    weights = [1 / (1 + rank) ** 0.7 for rank in range(len(known))]
    picks = iter(())
    stacks = [[f"worker-{thread}", "start_thread", "main"] for thread in range(8)]
    seen = set()
    lines = []
    while len(lines) < count:
        base = stacks[rng.randrange(len(stacks))]
        keep = rng.randint(3, len(base))
        stack = base[:keep]
        for _ in range(rng.randint(1, 6) if len(stack) > 9 else rng.randint(5, 9)):
            name = next(picks, None)
            if name is None:
                picks = iter(rng.choices(known, weights, k=100_000))
                name = next(picks)
            if len(stack) < 80:
                stack.append(name)
        line = ";".join(stack)
        if line in seen:
            continue
        seen.add(line)
        # Others grow out of one in eight.
        if rng.random() < 0.12:
            stacks.append(stack)
        lines.append(f"{line} {int(rng.paretovariate(1.2))}\n")
    # As the scripts that collapse stacks write them.
    lines.sort()
    sys.stdout.writelines(lines)


main()
