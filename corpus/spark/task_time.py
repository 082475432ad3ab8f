"""How long the tasks of a job ran, by Spark's own count: what cores were paid for.

Goes in: a Spark context and a job group. Comes out: seconds, added up over tasks. Time between tasks is not in it.
"""

from __future__ import annotations

from contextlib import suppress

from py4j.protocol import Py4JError
from pyspark import SparkContext


def task_seconds(context: SparkContext, group: str) -> float:
    """Of the last attempt of every stage of the group's jobs; a stage that Spark has forgotten counts nothing."""
    inside = context._jsc.sc()
    with suppress(Py4JError):  # other jobs may keep it busy
        inside.listenerBus().waitUntilEmpty()  # what ended just now may not have been written down yet
    tracker, store = context.statusTracker(), inside.statusStore()
    jobs = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group))
    stages = {stage for job in jobs if job is not None for stage in job.stageIds}
    return sum(run_time_ms(store, stage) for stage in stages) / 1000


def run_time_ms(store: object, stage: int) -> int:
    try:
        return int(store.lastStageAttempt(stage).executorRunTime())  # type: ignore[attr-defined]
    except Py4JError:
        return 0
