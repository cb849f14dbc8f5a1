# SPDX-License-Identifier: Apache-2.0
"""A small machine of another kernel: Debian's cloud kernel and a busybox, run by QEMU in software.

Nothing of it is installed: the kernel's package is downloaded and unpacked below the folder given.
What a guest does is the shell script that it is booted with; its console comes back as text.
"""

import glob
import os
import re
import shutil
import subprocess

BUSYBOX = "/bin/busybox"

# The first process. QEMU ends with it: the kernel restarts on panic (panic=-1), and QEMU does not (-no-reboot).
INIT = """#!/bin/sh
export PATH=/bin HOME=/ TMPDIR=/tmp
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
exec >/dev/console 2>&1
echo 1 >/proc/sys/kernel/printk
cd /tmp
. /guest.sh
poweroff -f
"""


class Guest:
    """A kernel, the programs that a script in it may use, and modules that are loaded before it."""

    def __init__(self, folder, programs, modules=()):
        self.folder = folder
        self.kernel, self.release = unpacked_kernel(folder)
        self.programs = [*programs, *[self.module(name) for name in modules]]
        self.loading = "".join(f"insmod /bin/{name}.ko\n" for name in modules)

    def module(self, name):
        (path,) = glob.glob(f"{self.folder}/tree/lib/modules/{self.release}/**/{name}.ko", recursive=True)
        return path

    def run(self, script, seconds=300, cpus=2, kernel_options=""):
        """What `script` printed. Raises subprocess.TimeoutExpired if the guest does not end."""
        archive = f"{self.folder}/initramfs"
        pack(f"{self.folder}/root", archive, self.programs, self.loading + script)
        console = subprocess.run(
            [
                "qemu-system-x86_64",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                str(cpus),
                "-m",
                "1024",
                "-kernel",
                self.kernel,
                "-initrd",
                archive,
                "-nographic",
                "-no-reboot",
                "-nic",
                "none",
                "-append",
                f"console=ttyS0 quiet panic=-1 {kernel_options}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=seconds,
            check=True,
        ).stdout
        return console.decode(errors="replace").replace("\r", "")


def unpacked_kernel(folder):
    """The kernel's image and its release, e.g. 6.1.0-30-cloud-amd64."""
    os.makedirs(folder, exist_ok=True)
    images = glob.glob(f"{folder}/tree/boot/vmlinuz-*")
    if not images:
        depends = subprocess.run(
            ["apt-cache", "depends", "linux-image-cloud-amd64"], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        package = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
        subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=folder, check=True)
        (archive,) = glob.glob(f"{folder}/{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", archive, f"{folder}/tree"], check=True)
        images = glob.glob(f"{folder}/tree/boot/vmlinuz-*")
    return images[0], images[0].rpartition("vmlinuz-")[2]


def pack(root, archive, programs, script):
    """An archive of the first file system: busybox, `programs` in /bin, and their libraries."""
    shutil.rmtree(root, ignore_errors=True)
    for name in ["bin", "proc", "sys", "dev", "tmp", "etc"]:
        os.makedirs(f"{root}/{name}")
    shutil.copy(BUSYBOX, f"{root}/bin/busybox")
    os.symlink("busybox", f"{root}/bin/sh")
    for program in programs:
        shutil.copy(program, f"{root}/bin")
        for library in libraries_of(program):
            if not os.path.exists(root + library):
                os.makedirs(os.path.dirname(root + library), exist_ok=True)
                shutil.copy(library, root + library)
    for name, text in [("init", INIT), ("guest.sh", script)]:
        with open(f"{root}/{name}", "w") as file:
            file.write(text)
    os.chmod(f"{root}/init", 0o755)
    names = subprocess.run(["find", "."], cwd=root, stdout=subprocess.PIPE, check=True).stdout
    with open(archive, "wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=file, check=True)


def libraries_of(program):
    listing = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return re.findall(r"(/\S+) \(0x", listing)
