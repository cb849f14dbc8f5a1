# SPDX-License-Identifier: Apache-2.0
"""Markdown tables on standard output."""


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def header(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def verdict(is_met):
    """What stands behind a figure that misses its level."""
    return "" if is_met else " **missed**"
