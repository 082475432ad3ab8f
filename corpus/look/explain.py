"""The life of one page or image, told in lines: where it was read, what scored, what decided, where it lies.

Goes in: a `Find` over the tables of a build, its settings, and what to explain: the URL or identity of a page or an
image, or the hash of an image's content. Comes out: lines of (step, text).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

import pyarrow.compute as pc

from corpus.columns import KEPT, Row
from corpus.config import Settings
from corpus.fetch.outcomes import BLOCKED
from corpus.look.alike_urls import on_host, same_urls
from corpus.look.examples import bound_of
from corpus.look.lookup import FILE, Find
from corpus.look.words import bytes_text, count_text, number_text, shortened
from corpus.tables import TABLES
from corpus.urls import image_url_id, normalise

Line = tuple[str, str]

MAX_STORIES = 5
MAX_LINES = 20
MAX_CHARACTERS = 100
PICTURES = frozenset({"bytes", "images", "embedding"})


def explain(find: Find, settings: Settings, what: str) -> list[list[Line]]:
    """One story per page that `what` names, else per image; none when the build knows nothing of it. A URL that was
    captured often has several pages; the first ones are told."""
    urls = {what, normalise(what) or what}
    pages = find("documents", [FILE, *names_of("documents")], any_of({"document_id": {what}, "url": urls}))
    if pages:
        return page_stories(find, settings, pages)
    identities = {what, image_url_id(what)}
    named = {"image_url_id": identities, "content_hash": {what}, "final_url": urls}
    images = {row["image_url_id"]: row for row in find("images", names_of("images"), any_of(named))}
    if images:
        found = [images[key] for key in sorted(images)][:MAX_STORIES]
        return [list(image_story(find, settings, image)) for image in found]
    spared = list(reference_lines(find, settings, identities))
    if spared:
        return [[("image", what), *spared]]
    same = same_urls(urls_on_host(find, what), what)
    pages = find("documents", [FILE, *names_of("documents")], any_of({"url": same})) if same else []
    return page_stories(find, settings, pages)


def page_stories(find: Find, settings: Settings, pages: Sequence[Row]) -> list[list[Line]]:
    return [list(page_story(find, settings, page)) for page in in_time(pages)[:MAX_STORIES]]


def urls_on_host(find: Find, what: str) -> set[str]:
    """The URLs of the pages of the host that `what` names."""
    where = on_host(what)
    return set() if where is None else {row["url"] for row in find("documents", ["url"], where)}


def chunk_of(row: Row) -> str:
    """The chunk whose tables hold all that is told of the document of this row."""
    chunk: str = row[FILE].split("/chunk=")[-1].partition("/")[0]
    return chunk


def names_of(table: str) -> list[str]:
    """The columns of a table but for its pictures and vectors."""
    return [name for name in TABLES[table].schema.names if name not in PICTURES]


def any_of(values: Mapping[str, set[str]]) -> pc.Expression:
    """True where one of the columns holds one of its values."""
    found = pc.scalar(False)
    for column, known in values.items():
        found = found | pc.field(column).isin(sorted(known))
    return found


def of(column: str, value: str) -> pc.Expression:
    return pc.field(column) == value


def in_time(pages: Sequence[Row]) -> list[Row]:
    return sorted(pages, key=lambda page: (str(page["fetch_time"]), page["document_id"]))


def page_story(find: Find, settings: Settings, page: Row) -> Iterator[Line]:
    """From the WARC record to the file of the product."""
    document = page["document_id"]
    yield "page", page["url"]
    yield "id", document
    yield (
        "read",
        f"{page['warc_filename']} at byte {count_text(page['warc_record_offset'])}, {captured(page)}",
    )
    yield "extracted", extracted(page)
    here, find_all = of("document_id", document), find
    find = partial(find_all, chunk=chunk_of(page))
    decided = find("page_decisions", names_of("page_decisions"), here)[0]
    if page["outcome"] == KEPT:
        yield "page filters", fate(decided, settings)
        if decided["duplicate_of"]:
            yield "copy of", url_of(find_all, decided["duplicate_of"])
    yield from block_lines(find, here)
    images = sorted(find("image_decisions", names_of("image_decisions"), here), key=dom_index)
    yield from image_lines(find, settings, images, page)
    if decided["outcome"] == KEPT:
        final = find("document_decisions", names_of("document_decisions"), here)[0]
        yield "document", fate(final, settings)
        decided = final
    if decided["evaluation_sets"]:
        yield "holds", f"what is in evaluation sets: {', '.join(decided['evaluation_sets'])}"
    yield from lies(find, here)


def captured(row: Row) -> str:
    return f"captured {row['fetch_time']:%Y-%m-%d %H:%M:%S}" if row["fetch_time"] else "time unknown"


def extracted(page: Row) -> str:
    """What became of the page's bytes."""
    size = f"{bytes_text(page['html_bytes'])} of HTML"
    if page["outcome"] != KEPT:
        fault = f": {shortened(page['fault'], MAX_CHARACTERS)}" if page["fault"] else ""
        return f"dropped as {page['outcome']}{fault}; {size}"
    language = page["language"] or "no language"
    return (
        f"{language}, {len(page['sentences'])} sentences in {len(page['blocks'])} blocks, "
        f"{len(page['image_references'])} image references; {size}"
    )


def fate(row: Row, settings: Settings) -> str:
    """Kept, or what dropped the row, with its score and what would have passed."""
    outcome = row["outcome"]
    if outcome == KEPT:
        return KEPT
    score = dict(row["scores"]).get(outcome)
    return f"dropped by {outcome}" + (
        f": {number_text(score)}, but {bound_of(outcome, settings)}" if score is not None else ""
    )


def block_lines(find: Find, here: pc.Expression) -> Iterator[Line]:
    """How many sentences fell with their blocks, and by what; nothing when all were kept."""
    for row in find("block_decisions", ["sentences"], here):
        counts = Counter(sentence["outcome"] for sentence in row["sentences"])
        if set(counts) - {KEPT}:
            yield "sentences", ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common())


def kept_sentences(find: Find, page: Row) -> list[str]:
    """The sentences that images were matched with."""
    decided = find("block_decisions", ["sentences"], of("document_id", page["document_id"]))
    return [
        sentence["text"] or text
        for row in decided
        for text, sentence in zip(page["sentences"], row["sentences"], strict=True)
        if sentence["outcome"] == KEPT
    ]


def image_lines(find: Find, settings: Settings, images: Sequence[Row], page: Row) -> Iterator[Line]:
    """How many image references ended how, then one line each."""
    if not images:
        return
    counts = Counter(image["outcome"] for image in images)
    yield "images", ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common())
    aligned, sentences = matches(find, page["document_id"]), kept_sentences(find, page)
    for image in images[:MAX_LINES]:
        match = aligned.get(image["dom_index"])
        told = matched(match, sentences) if match else fate(image, settings)
        url = "(withheld)" if image["outcome"] == BLOCKED else shortened(image["url"], MAX_CHARACTERS)
        yield f"  {image['dom_index']}", f"{url}  {told}"
    if len(images) > MAX_LINES:
        yield "  ...", f"{len(images) - MAX_LINES} more"


def matches(find: Find, document: str) -> dict[int, Row]:
    """The matched images of a document by dom_index."""
    aligned = find("alignments", ["images"], of("document_id", document))
    return {image["dom_index"]: image for row in aligned for image in row["images"]}


def matched(match: Row, sentences: Sequence[str]) -> str:
    """Which sentence an image found, or how far the best one was."""
    if match["best_sim"] is None:
        return f"dropped by {match['outcome']}"
    if match["outcome"] != KEPT:
        return f"dropped by {match['outcome']}: its best sentence is at {number_text(match['best_sim'])}"
    margin = f", margin {number_text(match['margin'])}" if match["margin"] is not None else ""
    sentence = shortened(sentences[match["matched_text_index"]], MAX_CHARACTERS)
    return (
        f"kept: sentence {match['matched_text_index']} at {number_text(match['matched_sim'])}{margin}: "
        f"{sentence}"
    )


def image_story(find: Find, settings: Settings, image: Row) -> Iterator[Line]:
    """From the request to the sentences that it was matched with."""
    yield "image", image["url"]
    yield "id", image["image_url_id"]
    yield "got", got(image)
    if image["outcome"] == KEPT:
        yield "content", picture(image)
        shown = find("image_contents", names_of("image_contents"), of("content_hash", image["content_hash"]))
        yield from (("shown on", f"{count_text(row['n_documents'])} kept pages") for row in shown)
        measured = find("image_safety", ["scores", "faces"], of("content_hash", image["content_hash"]))
        yield from (("safety", safety(row)) for row in measured)
        yield from like_lines(find, image["content_hash"])
    yield from reference_lines(find, settings, {image["image_url_id"]})


def got(image: Row) -> str:
    """What fetching gave, and on what permission."""
    told = [f"from {image['source']}", captured(image), f"{image['attempts']} requests"]
    told += [f"HTTP {image['http_status']}"] if image["http_status"] is not None else []
    told += [f"robots.txt {image['robots_url']}: {image['robots_rule']}"] if image["robots_rule"] else []
    told += [shortened(image["fault"], MAX_CHARACTERS)] if image["fault"] else []
    outcome = KEPT if image["outcome"] == KEPT else f"dropped as {image['outcome']}"
    return f"{outcome}; {', '.join(told)}"


def picture(image: Row) -> str:
    size = f"{image['width_px']} x {image['height_px']} px, {bytes_text(image['content_bytes'])}"
    return f"{image['media_type']}, {size}, sha256 {image['content_hash']}"


def safety(row: Row) -> str:
    """What the detectors say of a picture."""
    told = [f"{name} {number_text(score)}" for name, score in row["scores"]]
    told += [] if row["faces"] is None else [f"{len(row['faces'])} boxes of faces"]
    return ", ".join(told) or "not measured"


def like_lines(find: Find, content_hash: str) -> Iterator[Line]:
    """The picture that it is most like, of those that stay rather than it."""
    for row in find("image_neighbours", ["similar_to", "cosine"], of("content_hash", content_hash)):
        urls = [other["url"] for other in find("images", ["url"], of("content_hash", row["similar_to"]))]
        where = shortened(min(urls, default=row["similar_to"]), MAX_CHARACTERS)
        yield "like", f"{where}, cosine {number_text(row['cosine'])}"


def reference_lines(find: Find, settings: Settings, identities: set[str]) -> Iterator[Line]:
    """Each page that shows the image, and what became of it there."""
    columns = [FILE, *names_of("image_decisions")]
    references = find("image_decisions", columns, any_of({"image_url_id": identities}))
    references.sort(key=lambda row: (row["document_id"], row["dom_index"]))
    for row in islice(references, MAX_LINES):
        find_here = partial(find, chunk=chunk_of(row))
        match = matches(find_here, row["document_id"]).get(row["dom_index"])
        where = of("document_id", row["document_id"])
        page = find_here("documents", ["document_id", "url", "sentences"], where)[0]
        told = matched(match, kept_sentences(find_here, page)) if match else fate(row, settings)
        yield "on page", f"{shortened(page['url'], MAX_CHARACTERS)}  {told}"
    if len(references) > MAX_LINES:
        yield "...", f"{len(references) - MAX_LINES} more"


def url_of(find: Find, document: str) -> str:
    return ", ".join(row["url"] for row in find("documents", ["url"], of("document_id", document)))


def lies(find: Find, here: pc.Expression) -> Iterator[Line]:
    """The file of the product that holds the document."""
    yield from (("lies in", row[FILE]) for row in find("interleaved", [FILE], here))


def dom_index(image: Row) -> int:
    return int(image["dom_index"])
