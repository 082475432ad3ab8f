"""What the page itself says of which sentence a picture belongs to: where it stands, and what is written about it.

Goes in: sentences, blocks and image references of one page. Comes out: facts [n_images, n_sentences, n_facts] and their
weighted sum, in log-odds: the logits of a conditional logit model over the sentences of the page, fitted by
`python -m bench.alignment`. CLIP's own logits are cosines times 100 (Radford et al. 2021, section 2.4: its
temperature is learned and clipped there), so that evidence times 0.01 adds to cosines at their own scale.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from corpus.align.figures import cited, labels
from corpus.align.words import shares
from corpus.columns import Row
from corpus.config import Evidence

FACTS = tuple(Evidence.model_fields)
HEADING = "heading"
NAME_WORD = re.compile(r"[^\W\d_]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])")

Facts = NDArray[np.float32]


def evidence(facts: Facts, weights: Evidence) -> NDArray[np.float32]:
    """Log-odds [n_images, n_sentences]; larger is likelier, compared within a picture."""
    summed: NDArray[np.float32] = facts @ np.array([getattr(weights, name) for name in FACTS], np.float32)
    return summed


def page_facts(sentences: Sequence[str], blocks: Sequence[Row], images: Sequence[Row]) -> Facts:
    """The facts that `Evidence` has weights for, [n_images, n_sentences, n_facts].

    `blocks` have kind, first_sentence and n_sentences, and cover the sentences; `images` have url, alt, title, caption
    and dom_text_index, and are in page order.
    """
    kinds = [block["kind"] for block in blocks]
    block_of = np.repeat(np.arange(len(blocks)), [block["n_sentences"] for block in blocks])
    numbers = np.cumsum([kind != HEADING for kind in kinds])[block_of]
    headings = np.array([kind == HEADING for kind in kinds])[block_of]
    indices = [image["dom_text_index"] for image in images]
    lead = pictures_lead(indices, len(sentences))
    places = np.stack([place_facts(index, numbers, headings, lead) for index in indices])
    texts = [
        " ".join(sentences[b["first_sentence"] : b["first_sentence"] + b["n_sentences"]]) for b in blocks
    ]
    of_block, of_sentence = words_facts(images, texts)[:, block_of], words_facts(images, sentences)
    found = [cited(sentence) for sentence in sentences]
    named = np.array(
        [[label in each for each in found] for label in labels([image["caption"] or "" for image in images])]
    )
    return np.concatenate([places, np.stack([of_block, of_sentence, named], axis=-1)], axis=-1).astype(
        np.float32
    )


def words_facts(images: Sequence[Row], texts: Sequence[str]) -> Facts:
    """How much of what is written about each picture stands in each text, [n_images, n_texts]: shares of its fields,
    added up."""
    fields = [words for image in images for words in words_about(image)]
    found: Facts = shares(fields, texts).reshape(len(images), -1, len(texts)).sum(axis=1)
    return found


def words_about(image: Row) -> tuple[str, str, str, str]:
    """Caption, alternative text, title and file name of a picture."""
    return image["caption"] or "", image["alt"] or "", image["title"] or "", file_words(image["url"])


def pictures_lead(text_indices: Sequence[int], n_sentences: int) -> bool:
    """Whether the page puts pictures before their text: more of them stand before all text than after all of it."""
    return sum(index == 0 for index in text_indices) > sum(index >= n_sentences for index in text_indices)


def place_facts(
    text_index: int, numbers: NDArray[np.int_], headings: NDArray[np.bool_], lead: bool
) -> NDArray[np.float32]:
    """Of one picture [n_sentences, 4]: near, distance, other_side and heading, as `Evidence` tells them.

    `numbers` counts body blocks up to each sentence. A picture within a block has it on both sides.
    """
    n_sentences = len(numbers)
    before = np.arange(n_sentences) < text_index
    above = numbers[text_index - 1] if text_index else 0
    inside = 0 < text_index < n_sentences and numbers[text_index] == above and not headings[text_index]
    steps = np.where(before, above - numbers, numbers - above - 1 + (1 if inside else 0))
    steps = np.maximum(steps, 0)
    own_side = ~before if lead else before
    own_side = own_side | (inside & (numbers == above) & ~headings)
    near = own_side & (steps == 0) & ~headings
    return np.stack([near, np.log1p(steps), ~own_side, headings], axis=-1).astype(np.float32)


def file_words(url: str) -> str:
    """The words of a file name: RadarMap-of_venus.jpg as "Radar Map of venus"; none of a data: URI."""
    if url.startswith("data:"):
        return ""
    name = unquote(urlsplit(url).path.rpartition("/")[2]).rpartition(".")[0]
    return " ".join(NAME_WORD.findall(name))
