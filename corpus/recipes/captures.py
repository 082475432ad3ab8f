"""Records that can answer an image URL: pictures, redirects, and revisits of pictures under another URL.

Goes in: a response or revisit of a WARC file. Comes out: its row of `captures`, if it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpus import urls
from corpus.warc.records import Response, Revisit

IMAGE_STARTS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")

Row = dict[str, Any]


def is_capture(response: Response | Revisit) -> bool:
    """Whether an image URL can be answered by the record: an image, a redirect, or a revisit of another URL.
    What a revisit of its own URL refers to answers that URL by itself."""
    if isinstance(response, Revisit):
        return location_of(response) not in (None, urls.normalise(response.url))
    return response.ordinal == 0 and bool(is_image(response) or redirect_target(response))


def media_type(headers: Mapping[str, str]) -> str | None:
    """The media type as declared, without parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() or None


def is_image(response: Response) -> bool:
    """Whether a response is a picture, by its declaration or its first bytes, whatever its status."""
    body = response.body
    sniffed = (
        body.startswith(IMAGE_STARTS) or body[8:12] == b"WEBP" or body[4:12] in (b"ftypavif", b"ftypavis")
    )
    return sniffed or (media_type(response.headers) or "").startswith("image/")


def redirect_target(response: Response) -> str | None:
    """The absolute URL that a redirect leads to."""
    if not 300 <= response.status < 400:
        return None
    return urls.resolve(response.url, response.headers.get("location", ""))


def location_of(response: Response | Revisit) -> str | None:
    """The absolute URL under which the answer is to be looked for instead."""
    if isinstance(response, Revisit):
        return response.refers_to and urls.normalise(response.refers_to)
    return redirect_target(response)


def capture_row(response: Response | Revisit, warc_filename: str) -> Row:
    """The row of an image response, a redirect or a revisit."""
    location = location_of(response)
    answer = response if isinstance(response, Response) else None
    return {
        "image_url_id": urls.image_url_id(response.url),
        "url": response.url,
        "warc_filename": warc_filename,
        "warc_record_offset": response.offset,
        "http_status": answer.status if answer else None,
        "media_type_declared": media_type(answer.headers) if answer else None,
        "location": location,
        "location_url_id": urls.image_url_id(location) if location else None,
        "fetch_time": response.fetch_time,
    }
