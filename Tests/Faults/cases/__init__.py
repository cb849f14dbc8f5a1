# SPDX-License-Identifier: Apache-2.0
"""The cases, a file a group. T1 to T40 are the numbers that they have everywhere."""

from . import processes, files, outputs, signals, kernel, names, scale, other_kernel  # noqa: F401
