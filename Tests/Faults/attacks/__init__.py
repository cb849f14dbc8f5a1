# SPDX-License-Identifier: Apache-2.0
"""The attacks, one file for each group."""

# Importing a file registers its attacks.
from . import capabilities, ends, identity, outputs, reading, shares

__all__ = ["capabilities", "ends", "identity", "outputs", "reading", "shares"]
