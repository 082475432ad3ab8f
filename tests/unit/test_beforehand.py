"""URLs are checked before another program fetches them: form, addresses of the host, opt-outs."""

from corpus.fetch.beforehand import checked
from corpus.fetch.guard import Gate
from corpus.fetch.opt_outs import parse

NAMES = {
    "good.example": ["93.184.216.34", "2606:2800:220:1::1"],
    "inside.example": ["10.0.0.1"],
    "both.example": ["93.184.216.34", "169.254.169.254"],
}
URLS = {
    "http://good.example/a.jpg": "kept",
    "http://good.example/b.jpg": "kept",
    "http://inside.example/a.jpg": "address_refused",
    "http://both.example/a.jpg": "address_refused",
    "http://10.0.0.1/a.jpg": "address_refused",
    "http://localhost/a.jpg": "address_refused",
    "http://nowhere.example/a.jpg": "dns_failed",
    "http://good.example:22/a.jpg": "port_refused",
    "file:///etc/passwd": "unsupported_scheme",
    "http://user@good.example/": "bad_url",
    "http://out.example/a.jpg": "opted_out",
}


def test_every_url_has_its_outcome_and_every_host_is_looked_up_once():
    asked = []

    def resolve(host):
        asked.append(host)
        if host not in NAMES:
            raise OSError(-2, "Name or service not known")
        return NAMES[host]

    rows = list(checked(((url, url) for url in URLS), parse(b"out.example", "list"), Gate(), resolve))
    assert {url: outcome for _, url, outcome, _ in rows} == URLS
    assert sorted(asked) == ["both.example", "good.example", "inside.example", "nowhere.example"]
    faults = {url: fault for _, url, _, fault in rows}
    assert faults["http://both.example/a.jpg"] == "both.example is 169.254.169.254"
    assert faults["http://out.example/a.jpg"] == "list, line 1"
    assert faults["http://good.example/a.jpg"] is None
