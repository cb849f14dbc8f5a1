# SPDX-License-Identifier: Apache-2.0
"""Whether a file is opened, by inotify."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
IN_OPEN = 0x20


class Watch:
    """Watches a file or a folder as long as its `with` lasts."""

    def __init__(self, path):
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(self.descriptor, path.encode(), IN_OPEN)

    def __enter__(self):
        return self

    def was_opened(self):
        try:
            return bool(os.read(self.descriptor, 4096))
        except BlockingIOError:
            return False

    def __exit__(self, *_):
        os.close(self.descriptor)
