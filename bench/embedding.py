"""`python -m bench.embedding PARQUET --model ViT-B-32 --tasks 1 4`: pictures per second of one GPU, or of the CPU.

Goes in: a Parquet file with a column `bytes` of pictures, read over and over as if each time they were others. Comes
out: what the model alone makes of pixels that are on the device already; what one core decodes and resizes; and, from
Parquet with bytes to Parquet with vectors, what 1, 4, ... tasks at once make, each a process of its own: images per
second, and their share of the model's. Weights are random. The clock runs once all tasks have warmed their encoders.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.encoding import write_random
from bench.machine import machine_facts
from corpus.config import Settings
from corpus.encode.device import CPU
from corpus.overrides import settings_from
from corpus.recipes.image_features import embed_images, encoder_of, pixels_of
from corpus.tables import TABLES

if TYPE_CHECKING:
    from torch import Tensor

    from corpus.encode.encoder import Encoder

ROWS_PER_BATCH = 64
N_WARMING = 5
N_PREPARED = 400
MOST_WAIT_S = 600


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    print("\n".join(machine_facts()), flush=True)
    with TemporaryDirectory(prefix="corpus-bench-") as folder:
        encode = {
            "encoder": write_random(options.model, Path(folder, "model")),
            "dtype": options.dtype,
            "images_per_batch": options.batch,
        }
        settings = settings_from({"encode": encode})
        of_model, prepared_rate, device = in_process(alone, settings, options.parquet, options.n)
        print(f"{options.model}, {options.dtype}, {options.batch} pictures a batch, on {device}")
        print(f"  pixels on the device already: {of_model:,.0f} images/s")
        print(f"  decoded and resized by one core: {prepared_rate:,.0f} images/s", flush=True)
        for n_tasks in options.tasks:
            rate = end_to_end(settings, options.parquet, Path(folder), options.n, n_tasks)
            share = f"{rate / of_model:.0%} of the model's"
            print(f"  Parquet to Parquet, {n_tasks} task(s): {rate:,.0f} images/s, {share}", flush=True)


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.embedding", description=__doc__)
    options.add_argument("parquet")
    options.add_argument("--model", default="ViT-B-32")
    options.add_argument("--dtype", default="bfloat16")
    options.add_argument("--batch", type=int, default=256)
    options.add_argument("--n", type=int, default=8192, help="pictures")
    options.add_argument("--tasks", type=int, nargs="+", default=[1])
    return options


def in_process(function: Any, *arguments: Any) -> Any:
    """The function's result, from a process that ends with it and gives the device back."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def alone(settings: Settings, parquet: str, n: int) -> tuple[float, float, str]:
    """Images per second of the model, and of one core that prepares them; the device."""
    import torch

    encoder = encoder_of(settings)
    prepare = partial(pixels_of, encoder=encoder, max_pixels=settings.fetch.max_pixels)
    read = batches_of(parquet, N_PREPARED, "prepared")
    some = [body for batch in read for body in batch.column("bytes").to_pylist()]
    started = time.perf_counter()
    pixels = [each for each in map(prepare, some) if each is not None]
    prepared_rate = len(pixels) / (time.perf_counter() - started)
    at_once = settings.encode.images_per_batch
    batch = torch.stack([pixels[row % len(pixels)] for row in range(at_once)]).to(encoder.device)
    model_rate(encoder, batch, N_WARMING)
    name = torch.cuda.get_device_name() if encoder.device != CPU else "the CPU"
    return model_rate(encoder, batch, max(1, n // at_once)), prepared_rate, name


def model_rate(encoder: Encoder, batch: Tensor, n_times: int) -> float:
    """Images per second of a batch that is on the device."""
    started = time.perf_counter()
    for _ in range(n_times):
        features = encoder.features(batch)
    features.cpu()
    return n_times * len(batch) / (time.perf_counter() - started)


def end_to_end(settings: Settings, parquet: str, folder: Path, n: int, n_tasks: int) -> float:
    """Images per second of tasks that share the pictures and the device."""
    context = get_context("spawn")
    barrier, spans = context.Barrier(n_tasks), context.Queue()
    tasks = [
        context.Process(
            target=task, args=(settings, parquet, folder / f"{index}.parquet", n // n_tasks, barrier, spans)
        )
        for index in range(n_tasks)
    ]
    for each in tasks:
        each.start()
    begun, ended, n_rows = zip(*[spans.get(timeout=MOST_WAIT_S) for _ in tasks], strict=True)
    for each in tasks:
        each.join()
    return float(sum(n_rows) / (max(ended) - min(begun)))


def task(settings: Settings, parquet: str, out: Path, n: int, barrier: Any, spans: Any) -> None:
    """Embed n pictures of the file into another; tell when it began, when it ended, and how many vectors there are."""
    for _ in embed_images(batches_of(parquet, 3 * settings.encode.images_per_batch, "warm"), settings):
        pass
    barrier.wait(MOST_WAIT_S)
    begun = time.monotonic()
    with pq.ParquetWriter(out, TABLES["image_features"].schema) as writer:
        for _, batch in embed_images(batches_of(parquet, n, str(out)), settings):
            writer.write_batch(batch)
    ended = time.monotonic()
    written = pq.read_table(out, columns=["embedding"]).column("embedding")
    spans.put((begun, ended, len(written) - written.null_count))


def batches_of(parquet: str, n: int, name: str) -> Iterator[pa.RecordBatch]:
    """n pictures of the file, which is read as often as that takes, each with a hash of its own."""
    numbers = count()
    n_rows = 0
    while n_rows < n:
        for batch in pq.ParquetFile(parquet).iter_batches(ROWS_PER_BATCH, columns=["bytes"]):
            some = batch.slice(0, n - n_rows)
            n_rows += some.num_rows
            hashes = [f"{name}-{number}" for number in islice(numbers, some.num_rows)]
            yield pa.RecordBatch.from_arrays(
                [pa.array(hashes), some.column("bytes")], ["content_hash", "bytes"]
            )
            if n_rows == n:
                return


if __name__ == "__main__":
    main()
