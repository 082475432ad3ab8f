"""A stream that can be read a second time from the last place that is settled.

Goes in: a stream, read once, in order. Comes out: the same bytes, to a reader that is not trusted to tell what it met;
and from the settled place on once more, to one that is, faults of the stream included.
"""

from __future__ import annotations

import os
from collections import deque
from io import BufferedReader, BytesIO, FileIO

from corpus.warc.members import Stream

FILES = "/proc/self/fd"
"""Where Linux has this process's files: opened again there, each is the same file, whatever became of its name."""


class Replay:
    """Bytes of one file. `settled` is the place (bytes) before which nothing is asked for again; at most about
    `max_kept_bytes` behind it are kept, for at that bound the stream seems to end, as it does where it breaks."""

    def __init__(self, stream: Stream, max_kept_bytes: int) -> None:
        self.stream = stream
        self.max_kept_bytes = max_kept_bytes
        self.kept: deque[bytes] = deque()
        self.kept_from = 0  # where the kept bytes begin
        self.offset = 0  # of the next byte that is new
        self.settled = 0
        self.failure: Exception | None = None

    @property
    def source(self) -> Replay:
        """What the first reader reads."""
        return self

    def read(self, n_bytes: int) -> bytes:
        """The next bytes, kept until they are settled; b"" at the end."""
        while self.kept and self.kept_from + len(self.kept[0]) <= self.settled:
            self.kept_from += len(self.kept.popleft())
        if self.failure is not None or self.offset - self.kept_from >= self.max_kept_bytes:
            return b""
        try:
            chunk = self.stream.read(n_bytes)
        except Exception as error:  # whatever it is, the reader that comes after meets it at the same byte
            self.failure = error
            return b""
        if chunk:
            self.kept.append(chunk)
        self.offset += len(chunk)
        return chunk

    def tell(self) -> int:
        """Where FastWARC begins to count."""
        return self.offset

    def kept_chunks(self) -> deque[bytes]:
        """What is kept, from the settled place on, as it was read: how much is found in a damaged gzip member depends
        on the pieces in which it is inflated."""
        chunks = deque(self.kept)
        n_bytes = self.settled - self.kept_from
        while chunks and n_bytes >= len(chunks[0]):
            n_bytes -= len(chunks.popleft())
        if chunks:
            chunks[0] = chunks[0][n_bytes:]
        return chunks

    def member(self) -> Stream:
        """The gzip member at the settled place, and what else is kept."""
        return BytesIO(b"".join(self.kept_chunks()))

    def again(self) -> Stream:
        """The stream from the settled place on."""
        return Rest(self.kept_chunks(), self.failure, self.stream)


class Rest:
    """Bytes that were kept, then the failure that ended them, or the rest of the stream."""

    def __init__(self, chunks: deque[bytes], failure: Exception | None, stream: Stream) -> None:
        self.chunks = chunks
        self.failure = failure
        self.stream = stream

    def read(self, n_bytes: int) -> bytes:
        """The next bytes, not always so many; b"" at the end."""
        if self.chunks:
            return self.chunks.popleft()
        if self.failure is not None:
            raise self.failure
        return self.stream.read(n_bytes)


class LocalFile:
    """The same of a file on disk, which its readers open themselves as `source`: nothing is kept, and FastWARC takes a
    thirtieth less than through Python. Read again it comes in the same pieces."""

    def __init__(self, stream: BufferedReader) -> None:
        self.stream = stream
        self.source = f"{FILES}/{stream.fileno()}"
        self.settled = 0

    def read(self, n_bytes: int) -> bytes:
        """The next bytes, up to a multiple of so many from the beginning of the file; b"" at the end."""
        return self.stream.read(n_bytes - self.stream.tell() % n_bytes)

    def member(self) -> Stream:
        return self.again()

    def again(self) -> Stream:
        """The stream from the settled place on."""
        self.stream.seek(self.settled)
        return self


def replayed(stream: Stream, max_kept_bytes: int) -> Replay | LocalFile:
    """The stream, to be read twice."""
    if (
        not isinstance(stream, BufferedReader)
        or not isinstance(stream.raw, FileIO)
        or not os.path.isdir(FILES)
    ):
        return Replay(stream, max_kept_bytes)
    is_at_start = stream.seekable() and stream.tell() == 0
    return LocalFile(stream) if is_at_start else Replay(stream, max_kept_bytes)
