# SPDX-License-Identifier: Apache-2.0
"""A reader of pprof files that shares no code with the product.

The format is that of profile.proto: https://github.com/google/pprof/blob/main/proto/profile.proto
"""

import gzip
from dataclasses import dataclass, field


# Mappings in brackets that are memory of a process without a file, and no parts of the kernel.
USER_MEMORY = {"[anonymous]", "[heap]", "[stack]", "[uprobes]", "[vsyscall]", "//anon"}


@dataclass(frozen=True)
class Mapping:
    path: str = ""
    # Addresses of the executable segment as linked; 0 if unknown.
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Location:
    mapping: Mapping
    address: int
    # Names, innermost first: several where functions were inlined.
    functions: tuple

    @property
    def is_in_kernel(self):
        """Whether it is in the kernel, a kernel module or a BPF program, whose addresses are not written."""
        name = self.mapping.path
        return self.address == 0 and name.startswith("[") and name not in USER_MEMORY | {"[unknown]", "[vdso]"}

    @property
    def is_without_file(self):
        """Whether it is in memory without a file, such as code that was made at run time."""
        return self.mapping.path in USER_MEMORY

    @property
    def is_made_up(self):
        """Whether it is the frame that stands for a truncated stack."""
        return self.functions[0].startswith("[truncated")


@dataclass
class Sample:
    count: int = 0
    # Leaf first.
    locations: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)

    @property
    def user_frames(self):
        """Unwound frames, leaf first."""
        return [location for location in self.locations if not (location.is_in_kernel or location.is_made_up)]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """Pairs of a field's number and its value: a number, or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            raise ValueError(f"a field of wire type {tag & 7}")
        yield tag >> 3, value


def numbers(value):
    """Of a repeated field, packed or single."""
    if isinstance(value, int):
        yield value
        return
    at = 0
    while at < len(value):
        number, at = varint(value, at)
        yield number


def read(path):
    """The samples of a pprof file."""
    with gzip.open(path) as file:
        top = list(fields(file.read()))
    strings = [value.decode() for number, value in top if number == 6]

    functions, mappings, locations = {}, {0: Mapping()}, {}
    for number, value in top:
        if number == 3:
            entry = dict(fields(value))
            mappings[entry[1]] = Mapping(strings[entry.get(5, 0)], entry.get(2, 0), entry.get(3, 0))
        elif number == 5:
            entry = dict(fields(value))
            functions[entry[1]] = strings[entry.get(2, 0)]
    for number, value in top:
        if number == 4:
            entry = dict(fields(value))
            lines = [dict(fields(line)) for key, line in fields(value) if key == 4]
            locations[entry[1]] = Location(
                mappings[entry.get(2, 0)], entry.get(3, 0), tuple(functions[line[1]] for line in lines)
            )

    samples = []
    for number, value in top:
        if number != 2:
            continue
        sample = Sample()
        values = []
        for key, content in fields(value):
            if key == 1:
                sample.locations += [locations[id] for id in numbers(content)]
            elif key == 2:
                values += numbers(content)
            elif key == 3:
                label = dict(fields(content))
                sample.labels[strings[label[1]]] = strings[label.get(2, 0)]
        sample.count = values[0]
        samples.append(sample)
    return samples
