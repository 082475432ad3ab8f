import logging
import os
import signal
from types import SimpleNamespace

import pytest
from pyspark import SparkContext

from corpus.errors import CorpusError
from corpus.overrides import settings_from
from corpus.spark.here import check_spark, java_version, runs_here
from corpus.spark.session import begin_workers, end_session, name_files_in_unicode, stop_by_hand


@pytest.fixture
def java(tmp_path, monkeypatch):
    """Make a `java` that tells a version; it is the one that JAVA_HOME names."""

    def make(told):
        program = tmp_path / "bin" / "java"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
        program.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))
        monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
        return str(program)

    return make


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no such thing", None),
    ],
)
def test_the_major_version_is_read_from_what_java_tells(java, told, version):
    assert java_version(java(told)) == version


def test_an_old_java_gets_one_sentence_that_says_what_to_install(java):
    java('openjdk version "11.0.2" 2019-01-15')
    with pytest.raises(CorpusError, match=r"needs Java 17 or newer and .*bin/java is version 11: install it"):
        check_spark()


def test_a_missing_java_gets_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    with pytest.raises(CorpusError, match=r"bin/java is missing: install it"):
        check_spark()


def test_tasks_run_here_unless_a_cluster_or_spark_submit_has_them(monkeypatch):
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    assert runs_here(settings_from({}))
    assert runs_here(settings_from({"spark": {"master": "local[2]"}}))
    assert not runs_here(settings_from({"spark": {"master": "spark://host:7077"}}))
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    assert not runs_here(settings_from({}))


@pytest.mark.parametrize(("encoding", "named"), [("ANSI_X3.4-1968", "C.UTF-8"), ("UTF-8", "C")])
def test_where_the_locale_is_that_of_c_java_is_started_under_one_that_names_every_file(
    encoding, named, monkeypatch
):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr("locale.getencoding", lambda: encoding)
    name_files_in_unicode()
    assert os.environ["LC_ALL"] == named


def test_stopped_by_hand_once_it_hears_no_more_and_says_nothing_until_the_session_has_ended(
    monkeypatch, caplog
):
    monkeypatch.setattr(
        "corpus.spark.session.signal.signal", lambda number, handler: handlers.append(handler)
    )
    handlers = []
    with pytest.raises(KeyboardInterrupt):
        stop_by_hand(signal.SIGINT, None)
    logging.error("Exception while sending command.")
    monkeypatch.setattr("corpus.spark.session.signal.getsignal", lambda number: handlers[-1])
    end_session(SimpleNamespace(stop=lambda: None))
    logging.error("something else")
    assert handlers == [signal.SIG_IGN, signal.default_int_handler]
    assert [record.message for record in caplog.records] == ["something else"]


def test_a_session_that_ends_before_its_workers_begin_is_no_error():
    context = SparkContext.__new__(SparkContext)  # as stopped: nothing of Java's is left of it
    context._jsc = None
    begin_workers(context)
