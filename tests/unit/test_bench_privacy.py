from bench.privacy import ALL, in_context, look

PAGES = [
    ("Write to a@b.example\ntoday.", ()),
    ("Write to a@b.example\ntoday.", ()),
    ("Tel. 030 901820", ("DE",)),
]


def test_each_finding_is_told_once_among_its_neighbours():
    assert list(in_context(PAGES)) == [
        ("email", "Write to [a@b.example] today."),
        ("phone", "Tel. [030 901820]"),
    ]


def test_the_pages_looked_at_are_counted():
    assert look(PAGES, ALL) == 3
