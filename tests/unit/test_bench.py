"""What the benchmark makes of times; the times themselves are not tested."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest

from bench.__main__ import parser
from bench.assignment import shapes_of, similarity_of, time_assignment
from bench.build import BOUND_S, Round, build, build_lines, cores
from bench.extraction import plain_pages, time_extraction
from bench.machine import cpu_name, installed, machine_facts
from bench.table import Line, format_table, number, rate_lines, seconds, verdict
from bench.timing import Timing, in_turns, median_cpu_ratio, median_ratio, timed
from corpus.errors import CorpusError, InputError
from tests.unit.drawn_pages import drawn
