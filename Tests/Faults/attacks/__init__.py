# SPDX-License-Identifier: Apache-2.0
"""The attacks, one file for each group."""

# Importing a file registers its attacks, in the order of the table.
from . import outputs, exchanges, identity, maps, shares, kernel, capabilities, workers, commands, ends, naming, reading

__all__ = [
    "outputs",
    "exchanges",
    "identity",
    "maps",
    "shares",
    "kernel",
    "capabilities",
    "workers",
    "commands",
    "ends",
    "naming",
    "reading",
]
