"""What is personal data or a secret in a text, and what only looks like it."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Privacy
from corpus.privacy.accounts import IBAN_CHARACTERS, has_luhn_digit, is_iban
from corpus.privacy.kinds import DETECTORS, PHONE, find
from corpus.privacy.phones import regions_of
from corpus.privacy.replacement import replace

KINDS = Privacy().replace
KEY_LINES = ["-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "A1b2" * 16, "Zz9/" * 16, "Q29w+w==",
    "-----END RSA PRIVATE KEY-----"]  # fmt: skip


def found(text, language="en", url="https://a.example/"):
    return [(text[start:end], kind) for start, end, kind in find(text, KINDS, regions_of(language, url))]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to jane.doe+news@mail.example.co.uk.", "jane.doe+news@mail.example.co.uk"),
        ("<o'hara@example.com>", "o'hara@example.com"),
        ("mailto:x_y-z@sub-domain.example.museum?subject=a", "x_y-z@sub-domain.example.museum"),
        ("почта: иван@пример.рф,", "иван@пример.рф"),
        ("联系邮箱abc@example.com请", "abc@example.com"),
        ("jörg@müller.example", "jörg@müller.example"),
        ("a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"),
        ("jane [at] example [dot] com", "jane [at] example [dot] com"),
        ("jane(at)example.com", "jane(at)example.com"),
        ("ＪＡＮＥ＠example.com", "ＪＡＮＥ＠example.com"),
    ],
)
def test_an_email_address_is_found_to_its_ends(text, address):
    assert found(text) == [(address, "email")]


@pytest.mark.parametrize(
    "text",
    ["picture@2x.png", "sprite@small.css", "lodash@4.17.21", "@handle", "youtube.com/@some.body", "3 @ 5.00 each",
     "root@localhost", "meet (at) noon", "we dine at example.com", "a@b", "look @ this.Then go", "@media screen.wide"],
)  # fmt: skip
def test_what_has_an_at_sign_and_is_no_address_stays(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("Call +49 (0) 30 901820, ok", "de", "+49 (0) 30 901820"),
        ("+44 (0) 20 7946 0958", "xx", "+44 (0) 20 7946 0958"),
        ("+1 (212) 736-5000", "en", "+1 (212) 736-5000"),
        ("at (212) 736-5000 daily", "xx", "(212) 736-5000"),
        ("at 212-736-5000 daily", "xx", "212-736-5000"),
        ("Tel: 030 901820", "de", "030 901820"),
        ("Telefon:030/901820", "de", "030/901820"),
        ("Tél. : 01 42 68 53 00", "fr", "01 42 68 53 00"),
        ("fax no. (020) 7946 0958", "en", "(020) 7946 0958"),
        ("電話：03-3211-8111まで", "ja", "03-3211-8111"),
        ("电话010-66293114", "zh", "010-66293114"),
        ("전화 02-731-2120", "ko", "02-731-2120"),
        ("тел. 8 (495) 606-36-02", "ru", "8 (495) 606-36-02"),
        ("τηλ. 210 3375000", "el", "210 3375000"),
        ("telefono 06 69812345", "it", "06 69812345"),
        ("Teléfono: 91 454 88 00", "es", "91 454 88 00"),
        ("Telefone (11) 3113-9000", "pt", "(11) 3113-9000"),
        ("هاتف: 02-27920000", "ar", "02-27920000"),
        ("Phone: 1-800-356-9377", "en", "1-800-356-9377"),
        ("☎ 0412 345 678", "en", "0412 345 678"),
        ("Mobile ٠١٠٠١٢٣٤٥٦٧", "ar", "٠١٠٠١٢٣٤٥٦٧"),
    ],
)  # fmt: skip
def test_a_phone_number_is_found_in_the_form_of_its_country(text, language, number):
    assert found(text, language) == [(number, "phone")]


@pytest.mark.parametrize(
    "text",
    ["ISBN 978-3-16-148410-0", "ISSN 0317-8471", "2020-01-02 12:30:45", "1914-1918, 1939-1945", "+40.689247 -74.044502",
     "40.7128, -74.0060", "pi is 3.14159265358979", "1 234 567 890 people", "$1,234,567.00", "€ 1.234.567,00",
     "120.0.6099.109", "Hotel 030901820", "call of 2019-2020", "Tel. 2019", "x = +123456 + 234567",
     "RFC 5322, 2822, 822", "10:15-11:45, 12:30-14:00", "cells 177 1888 1902", "doi:10.1016/S0140-6736(20)30183-5",
     "arXiv 2304.06939", "a 1080 x 1920 px", "No. 12345678", "#2127365000", "id=2127365000", "12345-678-90123-4",
     "p. 030 901820", "gene 212-736-50001", "+49 1", "(555) 555-0100", "7,000,000,000", "50% 60% 70%",
     "01 05 12 23 45 49"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "de", "fr", "ja"])
def test_numbers_of_other_kinds_are_no_phones(text, language):
    assert found(text, language) == []


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_example_of_every_region_is_found_with_its_country_code(region):
    number = phonenumbers.example_number(region)
    for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164):
        written = phonenumbers.format_number(number, form)
        assert found(f"Write or ring {written}.", "xx") == [(written, "phone")]


def test_the_second_number_of_a_list_needs_no_word_of_its_own():
    assert found("Tel: 030 901820, 030 901821; room 030 901822", "de")[1:] == [("030 901821", "phone")]


def test_the_domain_of_a_page_says_where_its_numbers_are_dialled():
    assert found("Tel: 044 668 18 00", "xx", "https://shop.example.ch:80/a") == [("044 668 18 00", "phone")]
    assert regions_of("en", "https://www.example.co.uk?x=.de")[:2] == ("GB", "US")
    for url in ("https://a.example/page.de", "https://[::1/", "https://de/", "", "crawl.warc.gz"):
        assert regions_of(None, url) == ()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("from 81.169.145.77 yes", "81.169.145.77"),
        ("[203.0.114.9]", "203.0.114.9"),
        ("http://151.101.1.140:8080/", "151.101.1.140"),
        ("ping 2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::200e"),
    ],
)
def test_an_address_of_the_public_network_is_found(text, address):
    assert found(text) == [(address, "ip")]


@pytest.mark.parametrize(
    "text",
    ["192.168.1.100", "10.0.0.138", "127.0.0.1", "203.0.113.7", "1.2.3.4", "section 3.2.10.4", "version 10.200.3.4",
     "v145.2.3.4", "1.3.6.1.4.1.311", "300.200.100.1", "120.0.6099.109", "12:30:45", "2001:db8::1", "fe80::1",
     "std::face::add", "2020:10:30"],
)  # fmt: skip
def test_private_addresses_versions_and_times_are_no_addresses(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "5555 5555 5555 4444", "2223 0031 2200 3222",
     "3782 822463 10005", "378282246310005", "6011 1111 1111 1117", "3530 1113 3330 0000", "3056 930902 5904"],
)  # fmt: skip
def test_the_test_numbers_of_the_networks_are_cards_and_with_another_digit_none(number):
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert found(f"card {number}.") == [(number, "card")]
    assert found(f"card {other}.") == []


@pytest.mark.parametrize(
    "text",
    ["1234 5678 9012 3456", "9780 3064 0615 7000", "41111111 11111111", "/item/4111111111111111",
     "?id=4111111111111111", "4111 1111 1111 1111 1111", "0.4111111111111111", "4111111111111", "4111 1111-1111 1111"],
)  # fmt: skip
def test_other_long_numbers_are_no_cards(text):
    assert found(text) == []


@given(st.integers(0, 10**15 - 1))
def test_one_last_digit_of_ten_is_luhns(number):
    assert sum(has_luhn_digit(f"{number:015}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize(
    "number",
    ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR14 2004 1010 0505 0001 3M02 606", "NO93 8601 1117 947",
     "MT84 MALT 0110 0001 2345 MTLC AST0 01S", "NL91ABNA0417164300", "BR15 0000 0000 0000 1093 2840 814P 2"],
)  # fmt: skip
def test_an_iban_is_found_in_groups_and_unbroken(number):
    assert found(f"IBAN: {number} or cash") == [(number, "iban")]
    assert found(f"IBAN:{number}.") == [(number, "iban")]


@given(st.sampled_from(sorted(IBAN_CHARACTERS)), st.data())
def test_an_iban_with_another_digit_is_none(country, data):
    rest = data.draw(st.text("0123456789", min_size=(n := IBAN_CHARACTERS[country] - 4), max_size=n))
    number = next(each for d in range(2, 99) if is_iban(each := f"{country}{d:02}{rest}"))
    assert (number, "iban") in found(number)
    place = data.draw(st.integers(4, len(number) - 1))
    other = (
        number[:place] + str((int(number[place]) + data.draw(st.integers(1, 9))) % 10) + number[place + 1 :]
    )
    assert "iban" not in [kind for _, kind in found(other)]


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("AKIA", "IOSFODNN7EXAMPLE"), ("ghp_", "a1B2" * 9), ("github_pat_", "a" * 22 + "_" + "b" * 59),
        ("glpat-", "x1Y2z3" * 4), ("xoxb-", "123456789012-abcdefghijkl"), ("AIza", "Sy" + "a-_9B" * 6 + "xyz"),
        ("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"), ("sk-proj-", "a1" * 12 + "T3BlbkFJ" + "b2" * 12),
        ("sk-ant-", "api03-" + "aB-_" * 22), ("hf_", "abCD" * 8 + "ab"), ("npm_", "a1B2" * 9),
        ("pypi-", "AgEIcHlwaS5vcmc" + "a1-_" * 20), ("SG.", "a" * 22 + "." + "b" * 43), ("dop_v1_", "0f" * 32),
        ("shpat_", "0f" * 16), ("123456789:", "AA" + "x" * 33),
        ("eyJ", "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2ln" * 5),
    ],
)  # fmt: skip
def test_a_token_is_found_by_the_form_that_its_issuer_publishes(before, behind):
    token = before + behind
    assert found(f"token: {token}, please") == [(token, "secret")]
    assert found(f"x{before}{behind[:8]}") == []


def test_a_private_key_leaves_a_placeholder_in_each_of_its_lines_and_is_counted_once():
    changed, counts = replace(["Keep it.", *KEY_LINES, "Or lose it."], KINDS)
    assert changed == dict.fromkeys(range(1, 7), "<SECRET>")
    assert counts == {"secret": 1}
    assert replace([" ".join(KEY_LINES[:1] + KEY_LINES[2:])], KINDS)[0] == {0: "<SECRET>"}
    assert replace(["\\n".join(KEY_LINES[:1] + KEY_LINES[2:])], KINDS)[0] == {0: "<SECRET>"}


def test_talk_of_keys_is_none():
    assert (
        found("ASIAPACIFICCOMMITTEE, AKIA, hf_hub_download, sk-learn, npm_config_registry, ghp_token") == []
    )
    assert found("A file begins with -----BEGIN PRIVATE KEY----- and then come many lines of letters.") == []


def test_placeholders_stand_where_the_findings_stood():
    texts = ["Nothing.", "Mail a@b.example or c@d.example!", "From 81.169.145.77.", "😀 +49 30 901820"]
    changed, counts = replace(texts, KINDS)
    assert changed == {1: "Mail <EMAIL> or <EMAIL>!", 2: "From <IP>.", 3: "😀 <PHONE>"}
    assert counts == {"email": 2, "ip": 1, "phone": 1}


def test_only_the_kinds_that_are_asked_for_are_replaced():
    texts = ["Mail a@b.example, +49 30 901820"]
    assert replace(texts, ("phone",)) == ({0: "Mail a@b.example, <PHONE>"}, {"phone": 1})
    assert replace(texts, ()) == ({}, {})
    assert {*DETECTORS, PHONE} == set(KINDS)


PIECES = st.sampled_from(
    [
        "a@b.example",
        "+49 30 901820",
        "81.169.145.77",
        "4111111111111111",
        "GB82WEST12345698765432",
        *KEY_LINES,
    ]
)


@given(st.lists(st.lists(st.one_of(st.text(max_size=8), PIECES), max_size=6).map(" ".join), max_size=6))
def test_what_was_replaced_holds_nothing_more_and_the_rest_is_unchanged(texts):
    changed, counts = replace(texts, KINDS, ("DE", "US"))
    assert bool(changed) == bool(counts)
    after = [changed.get(place, text) for place, text in enumerate(texts)]
    assert replace(after, KINDS, ("DE", "US")) == ({}, {})
    assert all(text != texts[place] for place, text in changed.items())


@given(st.text(st.characters()))
def test_any_text_can_be_searched_and_findings_lie_apart(text):
    spans = find(text + "\ud800", KINDS, ("US",))
    edges = [edge for start, end, _ in spans for edge in (start, end)]
    assert edges == sorted(edges)
