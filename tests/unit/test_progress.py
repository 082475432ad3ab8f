from pyspark.accumulators import Accumulator, AddingAccumulatorParam

from corpus.spark.progress import RowCounter, Snapshot, format_progress


def test_a_line_tells_stage_tasks_rate_and_time_left_in_80_columns():
    at = Snapshot("sentence_embeddings c00000", "documents", 30, 40, 12_000, 90.0)
    line = format_progress(at)
    assert line.split() == [
        "sentence_embeddings", "c00000", "30/40", "tasks", "133.3", "documents/s", "00:30", "left",
    ]  # fmt: skip
    assert len(line) <= 80


def test_time_left_is_not_guessed_before_a_task_is_done():
    assert format_progress(Snapshot("images c00000", "images", 0, 4, 0, 0.0)).endswith("--:-- left")


def test_rows_of_several_tasks_are_counted_as_they_come(tmp_path):
    accumulated = Accumulator(0, 0, AddingAccumulatorParam(0))
    for counter in (RowCounter(accumulated, str(tmp_path)), RowCounter(accumulated)):
        counter.add(0, 64)
        counter.add(1, 10)
        counter.add(0, 1)
        assert counter.count() == 75
