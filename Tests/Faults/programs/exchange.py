# SPDX-License-Identifier: Apache-2.0
"""Puts a FIFO, held open for reading, and a link to TARGET at PATH in turn, until END is there: PATH TARGET [END]."""

import os
import sys

path, target, *end = sys.argv[1:]
readers = []
while not (end and os.path.exists(end[0])):
    os.mkfifo(path + ".fifo", 0o666)
    readers.append(os.open(path + ".fifo", os.O_RDWR | os.O_NONBLOCK))
    if len(readers) > 200:
        os.close(readers.pop(0))
    os.rename(path + ".fifo", path)
    os.symlink(target, path + ".link")
    os.rename(path + ".link", path)
