# SPDX-License-Identifier: Apache-2.0
"""The cases, one file for each group. T1 to T41 are the rows of the fault matrix in docs/faults.md."""

# Importing a file registers its cases.
from . import files, kernel, maps, names, neighbours, other_kernel, outputs, processes, rights, scale, signals, stacks

__all__ = [
    "files",
    "kernel",
    "maps",
    "names",
    "neighbours",
    "other_kernel",
    "outputs",
    "processes",
    "rights",
    "scale",
    "signals",
    "stacks",
]
