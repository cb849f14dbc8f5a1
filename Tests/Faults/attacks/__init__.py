# SPDX-License-Identifier: Apache-2.0
"""The attacks, one file for each group."""

# Importing a file registers its attacks.
from . import capabilities, ends, outputs, reading, shares

__all__ = ["capabilities", "ends", "outputs", "reading", "shares"]
