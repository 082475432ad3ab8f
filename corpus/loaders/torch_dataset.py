"""A release as a dataset of PyTorch.

Goes in: a folder or URI, and options. Comes out: an `IterableDataset` of which each sample goes to one worker of one
rank, and which goes on after a crash with the very next sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.distributed import get_rank, get_world_size, is_available, is_initialized
from torch.utils.data import IterableDataset, get_worker_info

from corpus.errors import SettingsError
from corpus.loaders.documents import Position, open_documents
from corpus.loaders.options import Options
from corpus.loaders.samples import Sample, samples
from corpus.loaders.shares import Reader

Mark = tuple[int, int, int, int, int, int]
"""Epoch, reader, number of readers, and the position behind a sample: block, row and sample."""


class CorpusDataset(IterableDataset):  # type: ignore[type-arg]
    """Samples of a release or build; see `corpus.torch_dataset`."""

    def __init__(self, uri: str, options: Options) -> None:
        self.documents = open_documents(uri, options)
        self.options = options
        self.epoch = 0
        self.epoch_told = torch.zeros((), dtype=torch.int64)
        self.epoch_told.share_memory_()  # type: ignore[no-untyped-call]  # with workers, which may outlive an epoch
        self.n_readers: int | None = None
        self.positions: dict[int, Position] = {}
        options.bounds  # noqa: B018  what cannot be is told now, not by a worker

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch: another order of the same documents. Workers hear of it with their next iteration, those of
        `persistent_workers` too."""
        self.epoch_told.fill_(epoch)
        self.begin(epoch)

    def begin(self, epoch: int) -> None:
        self.epoch = epoch
        self.positions = {}
        self.n_readers = None

    def __iter__(self) -> Iterator[Sample]:
        if get_worker_info() and self.epoch != int(self.epoch_told):
            self.begin(int(self.epoch_told))
        reader = self.reader()
        if self.positions and reader.n != self.n_readers:
            raise SettingsError(
                f"the state is one of {self.n_readers} readers (ranks times workers), but there are {reader.n}; "
                "use as many as before, or begin the epoch again with set_epoch"
            )
        self.n_readers = reader.n
        start = self.positions.get(reader.number, Position())
        for here, row in self.documents.rows(self.epoch, reader, start):
            skipped = start.sample if (here.block, here.row) == (start.block, start.row) else 0
            for number, sample in enumerate(samples(row, self.options)):
                if number >= skipped:
                    behind = Position(here.block, here.row, number + 1)
                    self.positions[reader.number] = behind
                    sample["mark"] = (self.epoch, reader.number, reader.n, *behind)
                    yield sample
        self.positions.pop(reader.number, None)

    def reader(self) -> Reader:
        """Which of all readers this is: workers of a rank stand side by side."""
        worker = get_worker_info()
        number, n_workers = (worker.id, worker.num_workers) if worker else (0, 1)
        rank, world_size = self.options.rank, self.options.world_size
        if rank is None or world_size is None:
            distributed = is_available() and is_initialized()
            rank, world_size = (get_rank(), get_world_size()) if distributed else (0, 1)
        return Reader(rank * n_workers + number, world_size * n_workers)

    def delivered(self, marks: Iterable[Mark]) -> None:
        """Take note of samples that have arrived, by their `mark`. Workers read ahead in processes of their own: only
        who gets the samples knows how far training is. Not needed without workers."""
        for epoch, number, n_readers, *behind in marks:
            if epoch != self.epoch:
                self.set_epoch(epoch)
            self.n_readers = n_readers
            self.positions[number] = Position(*behind)

    def state_dict(self) -> dict[str, Any]:
        """How far this epoch is, as plain values."""
        positions = {number: tuple(at) for number, at in self.positions.items()}
        return {
            "release": self.documents.release,
            "options": self.options.facts(),
            "epoch": self.epoch,
            "n_readers": self.n_readers,
            "positions": positions,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken; SettingsError when it is one of another release or of other options."""
        now = {"release": self.documents.release, "options": self.options.facts()}
        for name, value in now.items():
            if state[name] != value:
                raise SettingsError(f"the state is one with {name} {state[name]}, but now it is {value}")
        self.set_epoch(state["epoch"])
        self.n_readers = state["n_readers"]
        self.positions = {int(number): Position(*at) for number, at in state["positions"].items()}
