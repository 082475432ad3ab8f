"""Pages are read in the encoding they are in, whatever they declare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.charset import CODECS, LABELS, decode_page

RUSSIAN = "Эта страница объявлена в неверной кодировке, но читается."
CHINESE = "这是一段简体中文文字，用来检查编码声明错误的网页。"
JAPANESE = "これは文字コードの宣言が間違っているページです。"
FRENCH = "L'été, les élèves étaient là, près de l'église et de la forêt."
KOREAN = "안녕하세요 이것은 한국어 페이지입니다"
GREEK = "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας"


def page(text, codec, declared=None):
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(codec)


def read(body, content_type=None):
    text, codec = decode_page(body, content_type)
    return text.partition("<p>")[2].partition("</p>")[0], codec


@pytest.mark.parametrize(
    ("text", "codec", "label", "name"),
    [
        (RUSSIAN, "cp1251", "windows-1251", "cp1251"),
        (RUSSIAN, "koi8_r", "KOI8-R", "koi8_r"),
        (CHINESE + "镕€", "gb18030", "gb2312", "gb18030"),
        (JAPANESE, "cp932", "x-sjis", "cp932"),
        (JAPANESE, "iso2022_jp", "ISO-2022-JP", "iso2022_jp_2"),
        ("“quoted” – café €", "cp1252", "iso-8859-1", "cp1252"),
        ("Zażółć gęślą jaźń", "iso8859_2", "iso_8859-2", "iso8859_2"),
    ],
)
def test_labels_mean_what_they_mean_to_browsers(text, codec, label, name):
    assert read(page(text, codec, label)) == (text, name)
    assert read(page(text, codec), f'text/html; charset="{label}"') == (text, name)


def test_the_header_comes_before_the_page():
    assert read(page(RUSSIAN, "cp1251", "koi8-r"), "text/html;charset=windows-1251") == (RUSSIAN, "cp1251")


def test_a_byte_order_mark_comes_before_every_declaration():
    body = "\ufeff".encode("utf-16-le") + page(RUSSIAN, "utf-16-le", "utf-8")
    assert read(body, "text/html; charset=koi8-r") == (RUSSIAN, "utf-16-le")
    assert read(b"\xef\xbb\xbf" + page(RUSSIAN, "utf-8", "koi8-r")) == (RUSSIAN, "utf-8")


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (CHINESE, "utf-8", "iso-8859-1"),
        (CHINESE, "gb18030", "utf-8"),
        (RUSSIAN, "cp1251", "utf-8"),
        (JAPANESE, "cp932", "euc-jp"),
        (FRENCH, "cp1252", "utf-8"),
    ],
)
def test_a_page_that_is_not_what_it_declares_is_read_by_its_bytes(text, codec, declared):
    assert read(page(text, codec, declared)) == (text, codec)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (CHINESE, "utf-8"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp"), (KOREAN, "cp949"), (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"), (GREEK, "cp1253"), (FRENCH, "cp1252"),
    ],
)  # fmt: skip
def test_a_page_that_declares_nothing_is_read_by_its_bytes(text, codec):
    assert read(page(text, codec)) == (text, codec)
    assert read(page(text, codec, "x-made-up-9000")) == (text, codec)


def test_a_declaration_after_a_long_comment_is_found():
    body = b"<!--" + b"x" * 4_000 + b"-->" + page(RUSSIAN, "cp1251", "windows-1251")
    assert read(body) == (RUSSIAN, "cp1251")


def test_single_bad_bytes_in_a_long_page_are_replaced():
    assert read(page(RUSSIAN * 20 + "!", "utf-8", "utf-8").replace(b"!", b"\xff")) == (
        RUSSIAN * 20 + "\ufffd",
        "utf-8",
    )


def test_bytes_of_both_kinds_are_read_as_the_declared_utf8():
    body = page("café", "utf-8", "utf-8").replace(b"</p>", b" caf\xe9 \xed\xa0\x80</p>")
    text, codec = read(body)
    assert (text.startswith("café caf\ufffd"), codec) == (True, "utf-8")


def test_a_character_cut_at_the_end_of_the_page_does_not_change_its_encoding():
    body = page(CHINESE, "utf-8").partition(b"</p>")[0]
    assert decode_page(body[:-1], None)[1] == "utf-8"


def test_control_characters_and_the_xml_declaration_are_left_out():
    body = b'<?xml version="1.0" encoding="iso-8859-1"?>\n<html>a\0b\x01c\td\n</html>'
    assert decode_page(body, None) == ("\n<html>abc\td\n</html>", "utf-8")


def test_bytes_that_are_no_text_are_undecodable():
    assert decode_page(b"<html>" + b"\xff\xfe\xfd" * 500, "text/html; charset=utf-8") is None


def test_every_codec_of_the_table_is_known():
    assert all("a".encode(codec) == b"a" for codec in CODECS)
    assert LABELS["latin1"] == "cp1252"


@given(
    st.binary(max_size=300), st.sampled_from([None, "text/html; charset=utf-8", "text/html; charset=gb2312"])
)
def test_whatever_the_bytes_the_text_is_valid(body, content_type):
    decoded = decode_page(body, content_type)
    assert decoded is None or "\0" not in decoded[0].encode("utf-8").decode()
