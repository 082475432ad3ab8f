"""Image URLs are divided among tasks by registered domain, evenly, and rates of a shared host add up to what is set."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Fetch
from corpus.fetch.division import Domain, divide, many, registered_domain
from corpus.fetch.hosts import Hosts


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.org", "example.org"),
        ("i.img.example.org", "example.org"),
        ("a.b.co.uk", "b.co.uk"),
        ("one.github.io", "github.io"),
        ("a.example.org.", "example.org"),
        ("www.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("co.uk", "co.uk"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("intranet", "intranet"),
        ("", ""),
        ("a..b", "a..b"),
    ],
)
def test_a_domain_is_what_somebody_registered(host, domain):
    assert registered_domain(host) == domain


def divided(urls_of_hosts, n_tasks, urls_per_task, connections_per_host=2):
    """The division of made-up URLs, so many for each host, and (task, number of shares) of each (host, URL)."""
    n_urls = sum(urls_of_hosts.values())
    least = many(n_urls, n_tasks, urls_per_task)
    hosts = defaultdict(list)
    for host, n in urls_of_hosts.items():
        hosts[registered_domain(host)].append((host, n))
    domains = [
        Domain(name, sum(n for _, n in own), tuple((host, n) for host, n in own if n >= least))
        for name, own in hosts.items()
        if sum(n for _, n in own) >= least
    ]
    division = divide(domains, n_urls, n_tasks, urls_per_task, connections_per_host)
    return {
        (host, number): division.place(host, f"{host}/{number}")
        for host, n in urls_of_hosts.items()
        for number in range(n)
    }


def tasks_of(places):
    """Per host its tasks."""
    found = defaultdict(set)
    for (host, _), (task, _) in places.items():
        found[host].add(task)
    return found


def test_a_domain_that_fits_a_task_stays_in_one():
    urls = {f"i{number}.site{number % 50}.example": 3 for number in range(500)}
    places = divided(urls, n_tasks=8, urls_per_task=1_000)
    tasks = defaultdict(set)
    for host, own in tasks_of(places).items():
        tasks[registered_domain(host)] |= own
    assert len(tasks) == 50
    assert {len(own) for own in tasks.values()} == {1}
    assert {n_shares for _, n_shares in places.values()} == {1}


def test_a_domain_of_many_hosts_is_divided_host_by_host():
    urls = {f"u{number}.blogs.example": 10 for number in range(1_000)}
    places = divided(urls, n_tasks=20, urls_per_task=500)
    assert {len(own) for own in tasks_of(places).values()} == {1}
    assert len({task for task, _ in places.values()}) == 20
    assert {n_shares for _, n_shares in places.values()} == {1}


@pytest.mark.parametrize(("connections", "n_shares"), [(1, 1), (2, 2), (4, 4), (16, 10)])
def test_a_host_with_too_many_urls_is_shared_by_no_more_tasks_than_it_has_connections(connections, n_shares):
    urls = {"cdn.example": 10_000, **{f"site{number}.example": 10 for number in range(1_000)}}
    places = divided(urls, 20, 1_000, connections)
    assert len(tasks_of(places)["cdn.example"]) == n_shares
    assert places["cdn.example", 0][1] == n_shares
    assert places["site1.example", 0][1] == 1


def test_tasks_are_about_as_full_when_one_host_has_a_third_of_all_urls():
    urls = {"cdn.example": 10_000, "img.shop.example": 2_000, "img2.shop.example": 1_500}
    urls |= {f"site{number}.example": 1 + number % 40 for number in range(1_000)}
    places = divided(urls, n_tasks=16, urls_per_task=2_500, connections_per_host=8)
    counts = Counter(task for task, _ in places.values())
    mean = len(places) / 16
    assert set(counts) == set(range(16))
    assert max(counts.values()) < 1.4 * mean
    assert min(counts.values()) > 0.6 * mean


@given(
    st.dictionaries(
        st.from_regex(r"([ab]\.)?[a-d]\.(example|co\.uk)", fullmatch=True), st.integers(1, 60), max_size=12
    ),
    st.integers(1, 9),
    st.integers(1, 40),
    st.integers(1, 4),
)
def test_every_url_has_a_task_and_shares_never_exceed_what_a_host_allows(
    urls, n_tasks, urls_per_task, connections
):
    places = divided(urls, n_tasks, urls_per_task, connections)
    assert places == divided(dict(reversed(urls.items())), n_tasks, urls_per_task, connections)
    settings = Fetch(connections_per_host=connections, requests_per_s_per_host=4.0)
    for host, own in tasks_of(places).items():
        n_shares = places[host, 0][1]
        assert own <= set(range(n_tasks))
        assert len(own) <= n_shares <= connections
        seen = Hosts(settings, {host: n_shares}).host(host)
        assert len(own) / seen.interval_s <= 4.0 + 1e-9
        assert len(own) * seen.connections._value <= connections
