"""A fault: what is wrong with a release, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

GET_ANEW = "get this file anew, or remove it and publish again"
BUILD_ANEW = "build and publish again"


@dataclass(frozen=True)
class Fault:
    """`file` is relative to the release, `row` counts from 0 in it; None when the fault is not one of a row."""

    file: str
    row: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{place}: {self.what}; {self.remedy}"
