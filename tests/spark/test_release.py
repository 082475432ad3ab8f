"""Releases that Spark writes, and reads by the words of README."""

import pytest

from corpus.cli import main
from corpus.publish.publication import Sizes, prepare
from corpus.publish.publish import How, publish
from corpus.publish.rows import Choice
from corpus.validate.validate import validate
from tests.unit.stored_build import write_build
from tests.unit.test_readme import blocks_of_release


def test_spark_reads_a_release_as_readme_says(tmp_path, spark, capfd):
    build = write_build(tmp_path / "build", 12)
    assert main(["publish", build, "--to", str(tmp_path / "release")]) == 0
    (block,) = (block for block in blocks_of_release() if "spark." in block)
    exec(block.replace('"release/', f'"{tmp_path}/release/'), {"spark": spark})
    assert "https://site-" in capfd.readouterr().out


@pytest.mark.parametrize("order_by", [None, "mean_matched_sim desc"])
def test_a_cluster_writes_the_files_that_one_machine_writes(tmp_path, spark, order_by):
    build = write_build(tmp_path / "build", 40)
    sizes = Sizes(30_000, 10_000)

    def publish_to(out, how):
        choice = Choice(seed=3, where="mean_matched_sim > 0.22", order_by=order_by)
        publication = prepare(build, str(tmp_path / out), choice, sizes)
        return publish(publication, how, lambda text: None)

    assert publish_to("cluster", How(spark=True)).files == publish_to("machine", How()).files
    assert list(validate(str(tmp_path / "cluster"), lambda text: None)) == []
