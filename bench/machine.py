"""What the times were measured on.

Goes in: nothing. Comes out: lines about processor, load, interpreter and packages.
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "interleaved-corpus", "pyspark", "pyarrow", "numpy", "scipy", "torch", "open-clip-torch", "trafilatura", "warcio",
    "fastwarc",
)  # fmt: skip
CPU_FACTS = Path("/proc/cpuinfo")


def usable_cores() -> int:
    """Cores that this process may use, which a container may have fewer of than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_name(facts: str) -> str | None:
    """The processor's name in the text of /proc/cpuinfo; None where it gives none."""
    names = (line.partition(":")[2].strip() for line in facts.splitlines() if line.startswith("model name"))
    return next((name for name in names if name), None)


def installed(package: str) -> str:
    """Name and version of a package."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def machine_facts() -> list[str]:
    facts = CPU_FACTS.read_text(encoding="utf-8") if CPU_FACTS.exists() else ""
    processor = cpu_name(facts) or platform.processor() or platform.machine()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return [
        f"{processor}, {usable_cores()} core(s) usable, load {load} (over 1, 5, 15 minutes)",
        f"{platform.platform()}, Python {platform.python_version()}",
        ", ".join(map(installed, PACKAGES)),
    ]
