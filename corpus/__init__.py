"""Interleaved image-text corpora from Common Crawl: WARC files in, Parquet of sentences and pictures out."""

__version__ = "0.1.0"
