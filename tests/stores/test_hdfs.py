"""What is HDFS's own: rights, replaced files, and a build by Spark, whose tables lie there."""

import os
import signal
import subprocess
import sys
import time

import pytest

from corpus.manifest import NAME
from corpus.storage import files_under, join, put_file, read_json, write_bytes
from corpus.tables import TABLES
from tests.cluster.builds import TASKS, built_here, contents, funnel
from tests.jobs.built import ROOT, SAMPLE, command, corpus_command, environment
from tests.stores.hdfs import close_to_others

pytestmark = [
    pytest.mark.hdfs,
    pytest.mark.parametrize("store", ["hdfs", "libhdfs"], indirect=True, scope="session"),
]
READ = """
import sys
from corpus.storage import names_in, read_bytes

for read, uri in ((read_bytes, sys.argv[1] + "/file"), (names_in, sys.argv[1])):
    try:
        print(read(uri))
    except OSError as error:
        print(type(error).__name__, "\\n" in str(error))
"""


def test_what_may_not_be_read_is_not_taken_for_what_is_not_there(place_for):
    closed = join(place_for, "closed")
    write_bytes(join(closed, "file"), b"x")
    close_to_others(closed)
    told = subprocess.run(
        [sys.executable, "-c", READ, closed],
        cwd=ROOT,
        env={**os.environ, "HADOOP_USER_NAME": "stranger"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["PermissionError", "False"] * 2


def test_a_build_that_is_killed_goes_on_and_is_the_one_on_disk(place_for, tmp_path):
    here, out = built_here(tmp_path / "out"), join(place_for, "out")
    put_file(str(SAMPLE), join(place_for, "sample.warc.gz"))
    settings = ("--set", "spark.master=local[2]", "--set", f"spark.tasks={TASKS}")
    arguments = (join(place_for, "*.warc.gz"), "--out", out, *settings)
    with subprocess.Popen(command(*arguments), cwd=ROOT, env=environment(), start_new_session=True) as build:
        while not any(name.endswith(NAME) for name in files_under(join(out, "tables", "images"))):
            assert build.poll() is None
            time.sleep(0.5)
        os.killpg(build.pid, signal.SIGKILL)
    assert read_json(join(out, "build.json")) is None
    done = corpus_command("build", *arguments)
    assert done.returncode == 0, done.stderr
    assert funnel(out) == funnel(here)
    there, local = contents(out), contents(here)
    elsewhere = {name for name in there if there[name] != local[name]}  # files are known by their addresses
    assert elsewhere <= {name for name, table in TABLES.items() if "warc_filename" in table.schema.names}
    for arguments in (
        ("publish", out, "--to", join(place_for, "release")),
        ("validate", join(place_for, "release")),
    ):
        done = corpus_command(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
