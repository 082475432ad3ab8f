"""Tasks that ask the web have about as many URLs each, and none shares a host unless it is told so."""

from collections import Counter, defaultdict

import pytest
from pyspark.sql import functions as F

from corpus.manifest import table_digests
from corpus.overrides import settings_from
from corpus.plan import Chunk, plan_of
from corpus.recipes.image_tasks import by_domain
from corpus.spark.build import Build

N_URLS = 4_000


def url_of(number):
    """A quarter of all URLs on one host, a quarter on the hundred hosts of one domain, the others on small sites."""
    if number % 4 == 0:
        return f"https://cdn.example/{number}"
    if number % 4 == 1:
        return f"https://u{number // 4 % 100}.blogs.example:443/{number}"
    return f"https://www.site{number // 16}.co.uk/{number}"


def rows(spark, with_before=0):
    urls = [
        (f"{number:032x}", url_of(number), "old" if number < with_before else None)
        for number in range(N_URLS)
    ]
    urls.append(("f" * 32, "data:image/png;hash=/x", None))
    return spark.createDataFrame(urls, "image_url_id string, url string, before string")


def placed(spark, frame, **settings):
    made = settings_from(
        {"spark": {"tasks": 4, "image_urls_per_task": 400, **settings}, "fetch": {"images": "web"}}
    )
    build = Build("out", made, plan_of([Chunk("c00000", ("a",), (1,))]), table_digests(made, {}))
    return by_domain(build, frame).withColumn("task", F.spark_partition_id())


@pytest.fixture(scope="module")
def found(spark):
    return placed(spark, rows(spark)).collect()


def test_no_row_is_lost_and_tasks_are_about_as_full(found):
    assert len({row.image_url_id for row in found}) == len(found) == N_URLS + 1
    counts = Counter(row.task for row in found)
    assert sorted(counts) == list(range(10))
    assert max(counts.values()) < 1.5 * N_URLS / 10


def test_a_host_stands_in_one_task_unless_its_rows_tell_how_many_share_it(found):
    tasks, shares = defaultdict(set), defaultdict(set)
    for row in found:
        if row.url.startswith("data:"):
            continue
        host = row.url.split("/")[2]
        tasks[host].add(row.task)
        shares[host].add(row.n_host_shares)
    assert (len(tasks["cdn.example"]), shares["cdn.example"]) == (2, {2})
    others = [host for host in tasks if host != "cdn.example"]
    assert {(len(tasks[host]), *shares[host]) for host in others} == {(1, 1)}


def test_the_same_rows_come_to_the_same_tasks(spark, found):
    again = placed(spark, rows(spark).repartition(7)).collect()
    assert {row.image_url_id: row.task for row in again} == {row.image_url_id: row.task for row in found}


def test_rows_that_need_not_be_asked_for_take_no_room(spark):
    some = placed(spark, rows(spark, with_before=3_600)).collect()
    assert {row.task for row in some} == {0, 1, 2, 3}
    assert {row.n_host_shares for row in some if row.before} == {None}
    asked = Counter(row.task for row in some if row.n_host_shares)
    assert sum(asked.values()) == 400
    assert max(asked.values()) < 200


def test_nothing_to_ask_for_is_no_fault(spark):
    assert placed(spark, rows(spark).limit(0)).collect() == []
