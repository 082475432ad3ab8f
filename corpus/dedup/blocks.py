"""Blocks of text: the number by which equal ones are found.

Goes in: the text of a block. Comes out: 64 bits of a hash.
"""

from __future__ import annotations

import hashlib
import unicodedata


def block_hash(text: str) -> int:
    """Signed 64-bit hash of the text after NFKC, in lower case, white space folded. Digits count: OBELICS compares
    paragraphs as they are, and without digits rows of prices and scores would be one text."""
    folded = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
