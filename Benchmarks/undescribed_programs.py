# SPDX-License-Identifier: Apache-2.0
"""Programs with little or no call frame information: assembly, other C libraries, other compilers, fibers, web servers.

They are built in a folder, with Debian's packages.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import undescribed_sources as sources
from unwound_programs import installed, written
from workers import Worker

DECODED = "testsrc2=size=320x180:rate=25"


class WebServer(Worker):
    """nginx, which compresses its configuration for two clients as often as it can."""

    def __init__(self, command, folder):
        self.address = f"{folder}/nginx.socket"
        self.is_ended = threading.Event()
        self.clients = [threading.Thread(target=self.ask, daemon=True) for _ in range(2)]
        for client in self.clients:
            client.start()
        super().__init__(command, folder)

    def ask(self):
        request = b"GET /page.txt HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"
        while not self.is_ended.wait(0.001):
            try:
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(self.address)
                    connection.sendall(request)
                    while connection.recv(1 << 16):
                        pass
            except OSError:
                continue  # It does not listen yet, or no longer.

    def end(self):
        self.is_ended.set()
        super().end()


@dataclass
class Undescribed:
    """A program, and the names of first frames that are its own: those of stacks made by hand."""

    name: str
    # Builds it and returns its command; None where it is not installed.
    build: Callable
    roots: set = field(default_factory=set)
    start: type = Worker


def built(folder, name, text, compiler, *options):
    """The command of a program that `compiler` makes of a source.

    {out} and {source} in the options are paths. Each source has another name, since files are known by their paths.
    """
    if not shutil.which(compiler):
        return None
    source, out = written(folder, name, text), f"{folder}/{os.path.splitext(name)[0]}.out"
    words = [option.format(out=out, source=source, folder=folder) for option in options]
    run = subprocess.run([compiler, *words], capture_output=True, text=True, cwd=folder)
    if run.returncode != 0:
        # Most often a package with its headers is missing.
        print(f"{name}: {(run.stderr or run.stdout).strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return [out]


def video(folder):
    """A film for decoders, in AV1."""
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg:
        return None
    path = f"{folder}/film.mkv"
    options = ["-v", "error", "-f", "lavfi", "-i", DECODED, "-t", "2", "-c:v", "libsvtav1", "-preset", "12"]
    run = subprocess.run([ffmpeg, *options, path], capture_output=True)
    if run.returncode != 0:
        return None
    return [ffmpeg, "-v", "error", "-stream_loop", "-1", "-c:v", "libdav1d", "-i", path, "-f", "null", "-"]


def encoder(name):
    return installed("ffmpeg", "-v", "error", "-f", "lavfi", "-i", DECODED, "-c:v", name, "-f", "null", "-")


def nginx(folder):
    if not shutil.which("nginx"):
        return None
    os.makedirs(f"{folder}/pages", exist_ok=True)
    written(f"{folder}/pages", "page.txt", "".join(f"{i * 7919 % 65537} words of a page\n" for i in range(5000)))
    # So that a server without rights can listen and read there.
    os.chmod(folder, 0o755)
    return installed("nginx", "-p", folder, "-c", written(folder, "nginx.conf", sources.NGINX.format(folder=folder)))


def mono(folder):
    program = built(folder, "csharp.cs", sources.CSHARP, "mcs", "-out:{out}", "{source}")
    return installed("mono", *program) if program else None


def undescribed_programs(folder):
    c_options = ["-O2", "-o", "{out}", "{source}"]

    def c_program(name, text, *options, compiler="gcc"):
        return lambda: built(folder, name, text, compiler, *c_options, *options)

    crystal = ["build", "--release", "-o", "{out}", "{source}"]
    leaves = written(folder, "leaves.S", sources.ASSEMBLY)
    return [
        Undescribed("gmp", c_program("gmp.c", sources.GMP, "-lgmp")),
        Undescribed("nettle", c_program("nettle.c", sources.NETTLE, "-lnettle")),
        Undescribed("gnutls ciphers", lambda: installed("gnutls-cli", "--benchmark-ciphers")),
        Undescribed("x264", lambda: encoder("libx264")),
        Undescribed("x265", lambda: encoder("libx265")),
        Undescribed("dav1d", lambda: video(folder)),
        Undescribed("musl", c_program("musl.c", sources.MUSL, compiler="musl-gcc")),
        Undescribed("musl, static", c_program("static.c", sources.MUSL, "-static", compiler="musl-gcc")),
        Undescribed("assembly", c_program("assembly.c", sources.ASSEMBLY_CALLER, leaves, "-pthread")),
        Undescribed("mono", lambda: mono(folder)),
        Undescribed(
            "Free Pascal",
            lambda: built(folder, "pascal.pas", sources.PASCAL, "fpc", "-O2", "-Xs-", "-o{out}", "{source}"),
        ),
        Undescribed(
            "boost fibers",
            c_program("fibers.cpp", sources.BOOST, "-lboost_context", compiler="g++"),
            {"make_fcontext"},
        ),
        Undescribed("Crystal", lambda: built(folder, "crystal.cr", sources.CRYSTAL, "crystal", *crystal), {"run"}),
        Undescribed("php", lambda: installed("php", "-r", sources.PHP)),
        Undescribed("node, gzip", lambda: installed("node", "-e", sources.NODE)),
        Undescribed("nginx, gzip", lambda: nginx(folder), start=WebServer),
    ]
