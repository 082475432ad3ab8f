"""Where tasks run in folders of their own, inputs and output are named in full."""

from pathlib import Path

from corpus.overrides import settings_from
from corpus.prepare import with_full_paths

PLACES = {"inputs": ["crawl/*.warc.gz", "s3://bucket/a.warc.gz", "/data/b.warc.gz"], "out": "out"}


def places(master):
    return with_full_paths(settings_from({"places": PLACES, "spark": {"master": master}})).places


def test_on_a_cluster_a_relative_path_is_that_of_the_driver(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for master in ("spark://master:7077", "local-cluster[2,1,1024]", "yarn"):
        assert places(master).inputs == (f"{Path.cwd()}/crawl/*.warc.gz", *PLACES["inputs"][1:])
        assert places(master).out == f"{Path.cwd()}/out"


def test_on_this_machine_paths_stay_as_they_were_given(monkeypatch):
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    assert places("local[2]").inputs == tuple(PLACES["inputs"])
    assert places(None).out == "out"
