"""Page filters: judged before any image is fetched, because bytes cost the most.

Goes in: a row with `relation` and `jaccard` of `page_clusters`, and `robots`, `tdm_reserved`, `n_sentences`,
`n_characters`, `n_host_boilerplate_characters`, `n_contaminated`, `flagged_words` and `text_scores` of a page. Comes
out: scores.
"""

from __future__ import annotations

from corpus.columns import Row
from corpus.filters.filter import Filter
from corpus.filters.text import TEXT_FILTERS

OPT_OUTS = ("noai", "noimageai", "noimageindex")
OUR_CRAWLERS = ("ccbot", "interleaved-corpus")


def page_url_copies(row: Row) -> float:
    """1 when another capture of the same URL is kept instead, else 0."""
    return float(row["relation"] == "url")


def page_text_copies(row: Row) -> float | None:
    """1 when an earlier page has the same text, else 0; not measured on copies of a URL."""
    return None if row["relation"] == "url" else float(row["relation"] == "text")


def page_near_copies(row: Row) -> float | None:
    """Jaccard similarity of the sets of shingles with the page most like it when another page is kept instead, 0 where
    none from dedup.min_jaccard on was found; not measured on copies of a URL or a text."""
    if row["relation"] in ("url", "text"):
        return None
    return float(row["jaccard"] or 0)


def page_opt_out(row: Row) -> float:
    """1 when the owner keeps the page, or its pictures, out of corpora like this one, else 0.

    That is what noai and noimageai say (DeviantArt, November 2022), noimageindex (Google Search Central: images of
    the page are not to be indexed; this corpus is such an index), and a reservation of text and data mining (W3C
    TDMRep, 2024; Directive (EU) 2019/790, article 4(3)). Directives that address one crawler count for CCBot, which
    captured the page, and for ours. noindex alone is recorded, not dropped: it asks search engines not to list the
    page (RFC 9309 and Google Search Central) and is set on print views and archives by default.
    """
    asked = {directive for each in row["robots"] for directive in [each, *addressed_here(each)]}
    return float(row["tdm_reserved"] or not asked.isdisjoint(OPT_OUTS))


def addressed_here(directive: str) -> list[str]:
    """The bare directive, in a list, when it is addressed to one of our crawlers."""
    addressee, _, bare = directive.partition(": ")
    return [bare] if addressee in OUR_CRAWLERS else []


def page_sentences(row: Row) -> float:
    """Number of sentences."""
    return float(row["n_sentences"])


def page_host_boilerplate(row: Row) -> float | None:
    """Share of the characters in blocks whose text stands on three pages or more of the same host, one of which keeps
    it; not measured on copies."""
    if row["n_host_boilerplate_characters"] is None or not row["n_characters"]:
        return None
    return float(row["n_host_boilerplate_characters"] / row["n_characters"])


def page_contaminated(row: Row) -> float | None:
    """Number of runs of dedup.evaluation_words words that it shares with evaluation sets, those in dedup.flag_only left
    out; not measured where no text is given."""
    return None if row["n_contaminated"] is None else float(row["n_contaminated"])


def page_flagged_words(row: Row) -> float | None:
    """Share of the words, of the characters where a script sets no spaces, that stand in the list of flagged words of
    its language; not measured in languages without a list."""
    found: float | None = row["flagged_words"]
    return found


PAGE_FILTERS = (
    Filter("page_url_copies", page_url_copies, "OBELICS, section A.1.5: one document per URL"),
    Filter("page_text_copies", page_text_copies, "C4 and mOSCAR, section 3.3: exact document duplicates"),
    Filter(
        "page_near_copies",
        page_near_copies,
        "OmniCorpus, section 3.2: MinHash, 0.8; FineWeb (arXiv 2406.17557): 5-grams, 14 bands of 8",
    ),
    Filter("page_opt_out", page_opt_out, "X-Robots-Tag, <meta name=robots>, W3C TDMRep (2024)"),
    Filter("page_sentences", page_sentences, "an image needs a sentence to stand at"),
    Filter(
        "page_host_boilerplate",
        page_host_boilerplate,
        "OBELICS' code, build_obelics/09_05: from three times per host on; C4, section 2.2: all but one; bound "
        "measured: lists of posts told elsewhere from 0.98, other pages up to 0.84",
    ),
    Filter("page_contaminated", page_contaminated, "GPT-3 (arXiv 2005.14165), appendix C: 13-grams; none"),
    Filter(
        "page_flagged_words",
        page_flagged_words,
        "OBELICS, table 3: at most 0.01; OmniCorpus' code: 0.02",
    ),
    *TEXT_FILTERS,
)
