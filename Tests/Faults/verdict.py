# SPDX-License-Identifier: Apache-2.0
"""The verdict on a case, and the list of all cases."""

import sys

# For `make faults-short`: fewer rounds.
SHORT = "--short" in sys.argv
GOOD, DEGRADED, BAD = "good", "degraded", "bad"


class Verdict:
    """Good until an objection is made. The worst objection decides the grade; all are reported."""

    def __init__(self, *runs):
        self.grade = GOOD
        self.against = []
        self.notes = []
        for run in runs:
            self.add(run)

    def add(self, run):
        """Judges a finished run by what must always hold (runs.py)."""
        for fault in run.always():
            self.bad_if(True, fault)
        return self

    def bad_if(self, condition, seen):
        self._object(BAD, condition, seen)

    def degraded_if(self, condition, seen):
        self._object(DEGRADED, condition, seen)

    def note(self, seen):
        self.notes.append(seen)
        return self

    def _object(self, grade, condition, seen):
        if not condition:
            return
        if self.grade != BAD:
            self.grade = grade
        if seen not in self.against:
            self.against.append(seen)

    @property
    def seen(self):
        return "; ".join(self.against + self.notes)


class NotTried(Exception):
    """A case that cannot be tried here, or with this tool, and why."""


class Case:
    def __init__(self, name, title, short, tools, function):
        self.name, self.title, self.short, self.tools = name, title, short, tools
        self.function = function


ALL = []


def case(name, title, short=False, tools=("flameback", "perf", "bpftrace")):
    """Marks a function that causes one fault, tries a tool on it and returns a Verdict.

    short: also tried by `make faults-short`.
    """

    def register(function):
        ALL.append(Case(name, title, short, tools, function))
        return function

    return register
