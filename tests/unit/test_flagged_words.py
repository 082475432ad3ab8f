import pytest

from corpus.errors import SettingsError
from corpus.filters.flagged_words import flagged_share, read_flagged_words


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "en.txt").write_text("Darn\nold  goat\n\n", encoding="utf-8")
    (tmp_path / "ja").write_text("ばか\nばか者\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("about", encoding="utf-8")
    return str(tmp_path)


def test_a_folder_has_a_list_per_language_and_none_for_others(folder):
    words = read_flagged_words(folder)
    assert words.lists == {"en": {"darn", "old goat"}, "ja": {"ばか", "ばか者"}}
    assert words.shared is None


def test_one_file_is_for_every_language(folder):
    words = read_flagged_words(f"{folder}/en.txt")
    assert (words.lists, words.shared) == ({}, {"darn", "old goat"})
    assert words.identity not in ("", read_flagged_words(folder).identity)


def test_the_share_counts_words_and_every_word_of_a_phrase(folder):
    words = read_flagged_words(folder).lists["en"]
    assert flagged_share(["DARN, you old", "goat!", "Darning is no", "old, golden goat."], words) == 3 / 10
    assert flagged_share(["Good day."], words) == 0
    assert flagged_share(["..."], words) is None
    assert flagged_share(["Darn"], None) is None


def test_without_spaces_characters_are_counted_the_longest_word_first(folder):
    assert flagged_share(["あのばか者め。ばか"], read_flagged_words(folder).lists["ja"]) == 5 / 9


def test_without_a_setting_there_is_no_list():
    assert (read_flagged_words(None).lists, read_flagged_words(None).identity) == ({}, "")


def test_the_default_lists_are_those_of_c4_without_harmless_words_and_single_characters():
    words = read_flagged_words("ldnoobw")
    assert " ".join(sorted(words.lists)) == "ar de en es fr hi it ja ko nl pt ru sv th zh"
    assert words.shared is None
    assert {"porn", "wet dream"} <= words.lists["en"]
    assert not {"sex", "sexual", "domination"} & words.lists["en"]
    assert "性交" in words.lists["zh"]
    assert "性" not in words.lists["zh"]
    assert flagged_share(["可能性很大。", "妈妈的书。"], words.lists["zh"]) == 0
    assert flagged_share(["女の子がいます。"], words.lists["ja"]) == 0


def test_the_identity_of_the_default_tells_their_words():
    words = read_flagged_words("ldnoobw")
    assert words == read_flagged_words("ldnoobw")
    assert len(words.identity) == 16


@pytest.mark.parametrize("name", ["missing", "empty", "latin1"])
def test_what_is_no_list_is_told_with_its_path(tmp_path, name):
    if name != "missing":
        (tmp_path / name).write_bytes(b"\n \n" if name == "empty" else b"\xe9")
    with pytest.raises(SettingsError, match=name):
        read_flagged_words(str(tmp_path / name))
