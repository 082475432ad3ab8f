"""Connected components of pairs that fit into memory.

Goes in: pairs of names. Comes out: for every name in a pair the least name that it hangs together with (union by least
root, paths halved: Tarjan and van Leeuwen 1984).
"""

from __future__ import annotations

from collections.abc import Iterable


def least_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The least name by name, least ones themselves left out."""
    above: dict[str, str] = {}
    for pair in pairs:
        low, high = sorted(root(above, name) for name in pair)
        if low != high:
            above[high] = low
    return {name: root(above, name) for name in above}


def root(above: dict[str, str], name: str) -> str:
    while name in above:
        parent = above[name]
        if parent in above:
            above[name] = above[parent]
        name = parent
    return name
