from collections import Counter

import pytest

from corpus.regions import COUNTRIES, GENERIC, INTERNATIONALISED, NO_COUNTRY, region_of


@pytest.mark.parametrize(
    ("domain", "region"),
    [
        ("de", "Western Europe"),
        ("uk", "Northern Europe"),
        ("za", "Southern Africa"),
        ("eu", "Europe, no country"),
        ("xn--p1ai", "Eastern Europe"),
        ("xn--fiqs8s", "Eastern Asia"),
        ("xn--mgbaam7a8h", "Western Asia"),
        ("xn--45brj9c", "Southern Asia"),
        ("com", GENERIC),
        ("museum", GENERIC),
        ("xn--p1acf", GENERIC),
        ("tv", GENERIC),
        ("zz", None),
        ("IP address", None),
        ("", None),
    ],
)
def test_a_domain_names_the_region_of_its_country_or_none(domain, region):
    assert region_of(domain) == region


def test_every_domain_of_a_country_stands_in_one_region():
    domains = Counter(" ".join([*COUNTRIES.values(), *INTERNATIONALISED.values(), NO_COUNTRY]).split())
    assert [domain for domain, n in domains.items() if n > 1] == []
    n_codes_of_iso_3166_1, others = 249, ["ac", "eu", "su", "uk"]
    assert set(others) <= set(domains)
    assert sum(len(domain) == 2 and domain.isascii() for domain in domains) == n_codes_of_iso_3166_1 + len(
        others
    )
