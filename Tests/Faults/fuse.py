# SPDX-License-Identifier: Apache-2.0
"""A file system of one file that answers to its name, and lets its readers wait.

The protocol is that of linux/fuse.h, 7.31: each request and answer begins with a header.
"""

import contextlib
import ctypes
import os
import stat
import struct
import threading

LOOKUP, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, FORGET = 1, 3, 14, 15, 17, 18, 25, 26, 2
ROOT, FILE = 1, 2

libc = ctypes.CDLL(None, use_errno=True)


class HangingFile:
    """A mount at `place` with one file, of which reads are received and never answered.

    `reads` counts them. A process that waits for one cannot even be killed, so the connection breaks off
    after `patience` seconds.
    """

    # Bytes that the kernel asks for.
    AT_ONCE = 4096

    def __init__(self, place, name, size, patience=15):
        self.place, self.name, self.size = place, name.encode(), size
        self.reads = 0
        self.has_ended = False
        self.device = os.open("/dev/fuse", os.O_RDWR)
        data = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if libc.mount(b"hanging", place.encode(), b"fuse", 0, data):
            raise OSError(ctypes.get_errno(), "mount")
        threading.Thread(target=self.serve, daemon=True).start()
        self.timer = threading.Timer(patience, self.end)
        self.timer.start()

    def end(self):
        """Breaks off the connection: waiting readers get an error."""
        self.timer.cancel()
        if self.has_ended:
            return
        self.has_ended = True
        force, detach = 1, 2
        libc.umount2(self.place.encode(), force)
        libc.umount2(self.place.encode(), detach)
        os.close(self.device)

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 17)
            except OSError:
                return
            _, code, unique, node, _, _, pid = struct.unpack_from("<IIQQIII", request)
            if code == READ:
                self.reads += 1
                self.read(pid, unique, request[40:])
            elif code != FORGET:
                answer = self.answer(code, node, request[40:])
                if answer is not None:
                    self.send(unique, answer)

    def send(self, unique, answer):
        error, content = (answer, b"") if isinstance(answer, int) else (0, answer)
        with contextlib.suppress(OSError):
            os.write(self.device, struct.pack("<IiQ", 16 + len(content), error, unique) + content)

    def read(self, pid, unique, request):
        """No answer."""

    def answer(self, code, node, content):
        """An error's negative number, or bytes; None: never answered."""
        if code == INIT:
            # Without FUSE_ASYNC_READ the reader sends the request itself, and waits for it.
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, self.AT_ONCE, 0, 8, 8, 4096, 1, 0, 0, 0)
        if code == LOOKUP and content.rstrip(b"\0") == self.name:
            return struct.pack("<QQQQII", FILE, 0, 3600, 3600, 0, 0) + self.attributes(FILE)
        if code == GETATTR:
            return struct.pack("<QII", 3600, 0, 0) + self.attributes(node)
        if code == OPEN:
            return struct.pack("<QII", 1, 0, 0)
        if code == STATFS:
            return bytes(80)
        if code in (RELEASE, FLUSH):
            return b""
        return -2 if code == LOOKUP else -38

    def attributes(self, node):
        size, mode = (self.size, stat.S_IFREG | 0o755) if node == FILE else (0, stat.S_IFDIR | 0o755)
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


class Program(HangingFile):
    """A program, with zeros behind it up to `size`."""

    AT_ONCE = 1 << 17

    def __init__(self, place, original, size=0, patience=15):
        with open(original, "rb") as file:
            self.content = file.read()
        self.path = f"{place}/{os.path.basename(original)}"
        super().__init__(place, os.path.basename(original), max(size, len(self.content)), patience)

    def read(self, pid, unique, request):
        _, offset, size = struct.unpack_from("<QQI", request)
        count = min(size, self.size - offset)
        self.send(unique, self.content[offset : offset + count].ljust(count, b"\0"))


class SlowProgram(Program):
    """A program whose second exec has to wait for a page."""

    AT_ONCE = 4096

    def __init__(self, place, original, seconds):
        self.seconds = seconds
        self.processes = []
        super().__init__(place, original)

    def read(self, pid, unique, request):
        _, offset = struct.unpack_from("<QQ", request)
        seconds = 0
        if offset and pid not in self.processes and os.readlink(f"/proc/{pid}/exe") == self.path:
            self.processes.append(pid)
            seconds = self.seconds if len(self.processes) == 2 else 0
        threading.Timer(seconds, super().read, [pid, unique, request]).start()
