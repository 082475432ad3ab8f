import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Bound, Settings, digest
from corpus.errors import CorpusError, SettingsError
from corpus.overrides import load_settings, merge, parse_override, settings_from

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.fixture
def toml(tmp_path):
    def write(text, name="run.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_no_file_and_no_override_give_the_defaults():
    assert load_settings() == Settings()


def test_an_unknown_key_is_refused_by_name_beside_the_known_ones():
    with pytest.raises(SettingsError) as caught:
        settings_from({"align": {"min_similarty": 0.2}})
    message = str(caught.value)
    assert message.startswith("unknown setting align.min_similarty (is min_similarity meant?); known here: ")
    assert "min_similarity" in message.split("known here: ")[1].split(", ")


def test_an_unknown_section_is_refused_beside_the_known_ones():
    with pytest.raises(SettingsError) as caught:
        settings_from({"matching": {}})
    known = str(caught.value).removeprefix("unknown setting matching; known here: ").split(", ")
    assert known == list(Settings.model_fields)


def test_an_unknown_filter_and_an_unknown_end_of_a_bound_are_refused():
    with pytest.raises(
        SettingsError, match=r"unknown setting filters\.image_colour; known here: .*image_aspect"
    ):
        settings_from({"filters": {"image_colour": {"min": 1}}})
    with pytest.raises(
        SettingsError, match=r"unknown setting filters\.image_aspect\.least; known here: min, max$"
    ):
        settings_from({"filters": {"image_aspect": {"least": 1}}})


def test_every_fault_is_named_in_one_go():
    with pytest.raises(SettingsError) as caught:
        settings_from({"fetch": {"connections": 0, "retries": 3}, "seed": "one"})
    lines = sorted(str(caught.value).splitlines())
    assert [line.split(";")[0].split(":")[0] for line in lines] == [
        "setting fetch.connections",
        "setting seed",
        "unknown setting fetch.retries",
    ]
    assert lines[0].endswith("got 0")
    assert lines[1].endswith("got 'one'")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spark.files_per_chunk", 0),
        ("spark.rows_per_batch", 257),
        ("extract.deadline_s", 0),
        ("fetch.max_redirects", -1),
        ("fetch.images", "ftp"),
        ("release.row_group_bytes", 2**30),
        ("places", "here"),
        ("align.min_similarity", 15),
        ("extract.max_html_bytes", -1),
        ("fetch.max_pixels", 0),
        ("fetch.contact", "me"),
        ("fetch.contact", "a@example.org)\r\nCookie: x"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_key_and_value(key, value):
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides=[f"{key}={json.dumps(value)}"])
    assert str(caught.value).startswith(f"setting {key}: ")
    assert str(caught.value).endswith(f"got {value!r}")


@pytest.mark.parametrize("key", ["align.min_similarity", "fetch.deadline_s", "filters.image_side_px.min"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_number_with_which_nothing_can_be_compared_is_refused(key, value):
    with pytest.raises(SettingsError, match="finite number"):
        load_settings(overrides=[f"{key}={value}"])


@pytest.mark.parametrize("contact", ["https://example.org/bot", "a@example.org", "mailto:a@example.org"])
def test_a_contact_is_an_address_on_the_web_or_of_mail(contact):
    assert load_settings(overrides=[f"fetch.contact={contact}"]).fetch.contact == contact


def test_a_side_bound_under_the_smallest_embedded_side_is_refused_in_one_sentence():
    settings = load_settings(overrides=["filters.image_side_px.min=50", "encode.min_side_px=50"])
    assert settings.filters.image_side_px.min == 50
    for min_px in ("99", "null"):
        with pytest.raises(SettingsError) as caught:
            load_settings(overrides=[f"filters.image_side_px.min={min_px}", "encode.min_side_px=100"])
        message = str(caught.value)
        assert message.startswith("filters.image_side_px.min is ")
        assert message.endswith("lower encode.min_side_px too")


def test_settings_errors_belong_to_the_tree_of_our_errors():
    with pytest.raises(CorpusError):
        settings_from({"nothing": 1})


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().align.min_similarity = 0.5


def test_settings_are_read_from_a_uri_as_from_a_path(toml):
    path = toml("seed = 3")
    assert load_settings([f"file://{path}"]) == load_settings([path]) == Settings(seed=3)


def test_a_settings_object_that_is_not_there_is_said(tmp_path):
    uri = f"file://{tmp_path}/none.toml"
    with pytest.raises(SettingsError) as caught:
        load_settings([uri])
    assert str(caught.value) == f"cannot read settings file {uri}: there is no such object"


def test_later_files_win_and_leave_what_they_do_not_name(toml):
    first = toml(
        "[places]\nout = 'a'\n[warc]\ncrawl = 'CC-MAIN-2024-10'\n[fetch]\nconnections = 8\n", "first.toml"
    )
    second = toml("[places]\nout = 'b'\n", "second.toml")
    settings = load_settings([first, second])
    assert (settings.places.out, settings.warc.crawl) == ("b", "CC-MAIN-2024-10")
    assert settings.fetch.connections == 8


def test_overrides_win_over_files_and_the_last_override_wins(toml):
    path = toml("[align]\nmin_similarity = 0.1\n")
    settings = load_settings([path], ["align.min_similarity=0.2", "align.min_similarity=0.3"])
    assert settings.align.min_similarity == 0.3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25),
        ("null", None),
        ("none", None),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'7'", "7"),
        ("ViT-B-32/openai", "ViT-B-32/openai"),
        ("s3://bucket/a=b", "s3://bucket/a=b"),
        ("", ""),
    ],
)
def test_an_override_is_read_as_toml_and_else_as_plain_text(text, value):
    assert parse_override(f"encode.encoder={text}") == {"encode": {"encoder": value}}


def test_an_override_reaches_one_end_of_a_bound_and_leaves_the_other():
    default = Settings().filters.image_aspect
    wider = load_settings(overrides=[f"filters.image_aspect.max={default.max + 1}"])
    assert wider.filters.image_aspect == Bound(min=default.min, max=default.max + 1)
    opened = load_settings(overrides=["filters.image_aspect.min=null"])
    assert opened.filters.image_aspect == Bound(min=None, max=default.max)


@pytest.mark.parametrize("text", ["align.min_similarity", "=0.2", "align..min_similarity=0.2", ".seed=1", ""])
def test_an_override_without_key_or_value_is_refused_with_an_example(text):
    with pytest.raises(SettingsError, match=r"section\.key=value, for example .*; got ") as caught:
        parse_override(text)
    assert repr(text) in str(caught.value)


def test_a_missing_settings_file_is_named(tmp_path):
    path = str(tmp_path / "absent.toml")
    with pytest.raises(SettingsError) as caught:
        load_settings([path])
    assert str(caught.value) == f"cannot read settings file {path}: No such file or directory"


@pytest.mark.parametrize("text", ["[align\nmin = 1", "a = 1\na = 2\n", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_named(toml, text):
    path = toml(text)
    with pytest.raises(SettingsError) as caught:
        load_settings([path])
    assert str(caught.value).startswith(f"settings file {path} is not TOML: ")


def test_merge_leaves_the_later_mapping_untouched():
    base, more = {"fetch": {"connections": 1}}, {"fetch": {"contact": "x"}, "align": {"min_similarity": 0.1}}
    merge(base, more)
    base["align"]["min_similarity"] = 0.9
    assert base == {"fetch": {"connections": 1, "contact": "x"}, "align": {"min_similarity": 0.9}}
    assert more == {"fetch": {"contact": "x"}, "align": {"min_similarity": 0.1}}


def test_a_digest_is_the_start_of_the_sha256_of_compact_sorted_json():
    # printf '{"a":[1,2.5,null],"b":"\\u00e9"}' | sha256sum
    assert digest({"b": "é", "a": [1, 2.5, None]}) == "45584828a616"


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_a_digest_does_not_depend_on_the_order_of_keys(parts):
    assert digest(parts) == digest(dict(reversed(parts.items())))


def test_each_setting_that_differs_changes_the_digest():
    seen = {digest(Settings().model_dump(mode="json"))}
    for override in (
        "seed=1",
        "align.min_similarity=0.2",
        "filters.image_side_px.min=200",
        "fetch.images=web",
    ):
        seen.add(digest(load_settings(overrides=[override]).model_dump(mode="json")))
    assert len(seen) == 5


def test_a_bound_includes_its_ends():
    bound = Bound(min=0.5, max=2)
    assert [bound.passes(score) for score in (0.49, 0.5, 1, 2, 2.01)] == [False, True, True, True, False]


def test_a_missing_end_is_open_and_a_missing_score_passes():
    assert Bound().passes(-math.inf)
    assert Bound(min=3).passes(math.inf)
    assert Bound(max=3).passes(-math.inf)
    assert Bound(min=3, max=3).passes(None)


def test_a_score_that_is_not_a_number_fails_a_closed_end():
    assert not Bound(min=0).passes(math.nan)
    assert not Bound(max=0).passes(math.nan)
