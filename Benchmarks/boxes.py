# SPDX-License-Identifier: Apache-2.0
"""Boxes of code without a name: one a function where .eh_frame has it, else one an address."""

import bisect
import json
import os
import re
import subprocess

from tables import header, row, verdict
from workers import Worker

# Programs that Debian strips.
PROGRAMS = ("cc1plus", "perl", "python3", "node")
RATE = 999


def functions(path):
    """(start, end) of the functions that .eh_frame of a file describes, by readelf; none of stubs."""
    command = ["readelf", "--debug-dump=frames", "-W", path]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = {(int(a, 16), int(b, 16)) for a, b in re.findall(r" FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)", text)}
    sections = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=False).stdout
    stubs = [int(address, 16) for address in re.findall(r"\] \.plt\S*\s+\S+\s+([0-9a-f]+)", sections)]
    return sorted(range for range in found if range[0] not in stubs)


def holding(address, ranges):
    """The start of the function that holds an address; None if none does."""
    index = bisect.bisect_right(ranges, (address, 1 << 64)) - 1
    return ranges[index][0] if index >= 0 and address < ranges[index][1] else None


def judge(profile):
    """Distinct addresses without a name, their boxes, functions and addresses outside of any, and wrong boxes."""
    addresses, boxes, known, outside, wrong = set(), set(), set(), set(), []
    ranges = {}
    for frame in profile["frames"]:
        module = profile["modules"][frame["module"]]
        if frame.get("naming") != "module_only" or module["kind"] != "file" or not os.path.exists(module["path"]):
            continue
        path, address = module["path"], frame["address"]
        if path not in ranges:
            ranges[path] = functions(path)
        start = holding(address, ranges[path])
        name = profile["functions"][frame["function"]]["name"]
        true = f"{os.path.basename(path)}+0x" + (f"{address:x}" if start is None else f"{start:x}()")
        addresses.add((path, address))
        boxes.add((path, name))
        (outside if start is None else known).add((path, address if start is None else start))
        if name != true:
            wrong.append(f"{name} is {true}")
    return addresses, boxes, known, outside, wrong


def print_boxes(flameback, chosen, seconds, folder):
    print("\nBoxes of code without a name: functions by readelf, and addresses outside of them\n")
    header("program", "addresses", "boxes", "functions", "outside", "wrong", "level")
    met = True
    for program in chosen:
        if program.name not in PROGRAMS or not program.command:
            continue
        worker = Worker(program.command, folder)
        try:
            target = ["-p", str(worker.pid), "-d", str(seconds), "-o", f"{folder}/boxes.json"]
            subprocess.run([flameback, "record", "--quiet", "-F", str(RATE), *target], check=True)
        finally:
            worker.end()
        with open(f"{folder}/boxes.json", encoding="utf-8") as file:
            addresses, boxes, known, outside, wrong = judge(json.load(file))
        is_met = not wrong and len(boxes) == len(known) + len(outside)
        met = met and is_met
        row(
            program.name,
            f"{len(addresses):,}",
            f"{len(boxes):,}",
            f"{len(known):,}",
            f"{len(outside):,}",
            f"{len(wrong)}{verdict(is_met)}",
            "0",
        )
        for line in sorted(set(wrong))[:5]:
            print(f"* {line}")
    return met
