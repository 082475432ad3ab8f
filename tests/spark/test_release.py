"""A release as Spark reads it, by the words of README."""

from corpus.cli import main
from tests.unit.stored_build import write_build
from tests.unit.test_readme import blocks_of_release


def test_spark_reads_a_release_as_readme_says(tmp_path, spark, capfd):
    build = write_build(tmp_path / "build", 12)
    assert main(["publish", build, "--to", str(tmp_path / "release")]) == 0
    (block,) = (block for block in blocks_of_release() if "spark." in block)
    exec(block.replace('"release/', f'"{tmp_path}/release/'), {"spark": spark})
    assert "https://site-" in capfd.readouterr().out
