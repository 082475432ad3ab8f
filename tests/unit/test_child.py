"""A page that ends the process it is read in costs that page alone."""

import faulthandler
import multiprocessing
import os
import re
import signal
import time

import pytest

from corpus.child import JOBS_PER_PROCESS, Child, Loss
from corpus.overrides import settings_from
from corpus.recipes import documents
from corpus.recipes.documents import read_file
from tests.unit.warc_bytes import page_record

MEMORY_BYTES = 2**28
PAGE = b"<html><body><p>%s</p><img src=/a.jpg></body></html>"


def double(number):
    return 2 * number


def loop_in_c(_):
    re.match(r"(a+)+$", "a" * 64 + "b")


def crash(_):
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(_):
    os._exit(3)


def take_all_memory(_):
    return len(b"x" * (4 * MEMORY_BYTES))


def be_killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("work", "outcome", "fault"),
    [
        (loop_in_c, "deadline", "CPU time"),
        (crash, "crashed", "SIGSEGV"),
        (leave, "crashed", "exit status 3"),
        (take_all_memory, "out_of_memory", "needs more than"),
        (be_killed, "out_of_memory", "was killed"),
    ],
)
def test_a_job_that_ends_its_process_is_a_named_loss_and_the_next_one_is_fine(work, outcome, fault):
    def either(job):
        return work(job) if job == "bad" else double(job)

    with Child(either, 1.0, MEMORY_BYTES) as child:
        assert child.run(1) == 2
        lost = child.run("bad")
        assert child.run(2) == 4
    assert isinstance(lost, Loss)
    assert lost.outcome == outcome
    assert fault in lost.fault
    assert multiprocessing.active_children() == []


def test_a_job_that_waits_for_nothing_ends_by_the_clock():
    with Child(time.sleep, 0.02, MEMORY_BYTES) as child:
        assert child.run(60) == Loss("deadline", "no answer within 1 s")


def test_results_larger_than_a_pipe_come_whole():
    with Child(lambda n: bytes(n), 1, MEMORY_BYTES) as child:
        assert [len(child.run(n)) for n in (0, 1, 5_000_000)] == [0, 1, 5_000_000]


def test_a_process_is_replaced_after_its_share_of_jobs():
    with Child(lambda _: os.getpid(), 1, MEMORY_BYTES) as child:
        processes = [child.run(n) for n in range(JOBS_PER_PROCESS + 1)]
    assert len(set(processes[:-1])) == 1
    assert processes[-1] != processes[0]
    assert os.getpid() not in processes


def test_a_page_lost_with_its_process_is_a_row_with_what_its_record_tells(tmp_path, monkeypatch):
    extract_page = documents.extract_page

    def hostile(body, *others):
        return crash(body) if b"bomb" in body else extract_page(body, *others)

    monkeypatch.setattr(documents, "extract_page", hostile)
    path = tmp_path / "three.warc"
    urls = [f"http://e.org/{n}" for n in range(3)]
    texts = [b"The first river.", b"a bomb", b"The last river."]
    path.write_bytes(b"".join(page_record(PAGE % text, url) for text, url in zip(texts, urls, strict=True)))
    rows = [row for table, row in read_file(str(path), settings_from({})) if table == "documents"]
    assert [(row["url"], row["outcome"]) for row in rows] == list(
        zip(urls, ["kept", "crashed", "kept"], strict=True)
    )
    assert rows[1]["html_bytes"] == len(PAGE % b"a bomb")
    assert rows[1]["sentences"] == []
    assert "SIGSEGV" in rows[1]["fault"]
