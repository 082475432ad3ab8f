"""Who is on the list of opt-outs is neither asked nor kept."""

import pytest

from corpus.errors import SettingsError
from corpus.fetch.opt_outs import parse, read_opt_outs
from tests.unit.fetching import fetch
from tests.unit.misbehaving_server import redirect, serving

LIST = (
    b"""\xef\xbb\xbf# those who wrote to us
a.example          # all of it
B\xc3\xbccher.Example
https://c.example/photos/2020
sha256:AA"""
    + b"0" * 62
)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://a.example/x.jpg", 2),
        ("https://img.cdn.A.example:8443/x.jpg", 2),
        ("https://a.example./x.jpg", 2),
        ("https://nota.example/x.jpg", None),
        ("https://a.example.org/x.jpg", None),
        ("https://xn--bcher-kva.example/x.jpg", 3),
        ("https://www.bücher.example/x.jpg", 3),
        ("https://c.example/photos/2020/a.jpg", 4),
        ("https://C.example:443/x/../photos/2020.jpg", 4),
        ("https://c.example/photos/2021/a.jpg", None),
        ("http://c.example/photos/2020/a.jpg", None),
        ("https://www.c.example/photos/2020/a.jpg", None),
        ("data:image/gif;base64,R0lG", None),
    ],
)
def test_a_url_is_opted_out_by_its_domain_or_its_beginning(url, line):
    assert parse(LIST, "list").of_url(url) == (line and f"list, line {line}")


def test_a_picture_is_opted_out_by_its_hash():
    opt_outs = parse(LIST, "list")
    assert opt_outs.of_content("aa" + "0" * 62) == "list, line 5"
    assert opt_outs.of_content("0" * 64) is None


@pytest.mark.parametrize(
    "line",
    [
        b"a.example/photos",
        b"ftp://a.example/",
        b"https://",
        b"sha256:abc",
        b"md5:0123",
        b"two words",
        b"*.a.example",
        b".a.example",
        b"a..example",
        b"a.example:80",
        b"\xff\xfe.example",
    ],
)
def test_a_line_that_is_no_entry_is_named(line):
    with pytest.raises(SettingsError, match=r"opt-outs\.txt, line 2: "):
        parse(b"a.example\n" + line + b"\nb.example\n", "opt-outs.txt")


def test_a_list_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match=r"there is no file .*nothing"):
        read_opt_outs(str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="cannot read odd://x"):
        read_opt_outs("odd://x")


def test_another_list_is_another_identity():
    assert read_opt_outs(None).identity == ""
    assert parse(b"a.example", "x").identity == parse(b"a.example", "y").identity
    assert parse(b"a.example", "x").identity != parse(b"b.example", "x").identity


def test_the_robots_txt_of_who_is_opted_out_is_not_asked_for_either(tmp_path):
    list_ = tmp_path / "opt-outs.txt"
    list_.write_text("both.example")
    with serving() as server:
        robots = redirect(f"http://both.example:{server.port}/robots.txt")
        server.robots["forbidding.example"] = robots
        url = f"http://forbidding.example:{server.port}/good.jpg"
        assert fetch(server, [url], opt_outs=str(list_))[url].outcome == "kept"
        assert {request[1]["host"] for request in server.requests} == {f"forbidding.example:{server.port}"}


def test_the_web_is_not_asked_for_what_is_opted_out(tmp_path):
    list_ = tmp_path / "opt-outs.txt"
    with serving() as server:
        pictures = f"http://pictures.example:{server.port}"
        list_.write_text(f"{pictures}/good\nboth.example\n")
        server.turns["/hop.jpg"] = [redirect(f"http://both.example:{server.port}/named.jpg")]
        both = f"http://both.example:{server.port}/named.jpg"
        rows = fetch(
            server, ["/good.jpg", "/to-good.jpg", "/hop.jpg", both, "/named.jpg"], opt_outs=str(list_)
        )
        assert {url: (row.outcome, row.fault) for url, row in rows.items()} == {
            "/good.jpg": ("opted_out", f"{list_}, line 1"),
            "/to-good.jpg": ("opted_out", f"{list_}, line 1"),
            "/hop.jpg": ("opted_out", f"{list_}, line 2"),
            both: ("opted_out", f"{list_}, line 2"),
            "/named.jpg": ("kept", None),
        }
        hosts = {request[1]["host"] for request in server.requests}
        assert hosts == {f"pictures.example:{server.port}"}
        assert not server.asked("/good.jpg")
