# SPDX-License-Identifier: Apache-2.0
"""The cases, a file a group. T1 to T40 are the numbers that they have everywhere."""

# Importing a file registers its cases.
from . import files, kernel, maps, names, other_kernel, outputs, processes, rights, scale, signals, stacks

__all__ = [
    "files",
    "kernel",
    "maps",
    "names",
    "other_kernel",
    "outputs",
    "processes",
    "rights",
    "scale",
    "signals",
    "stacks",
]
