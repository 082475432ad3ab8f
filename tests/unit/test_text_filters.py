"""Scores of text: each against a value counted by hand, and none where it would measure a script and not a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.config import Filters
from corpus.filters.filter import judge
from corpus.filters.pages import PAGE_FILTERS
from corpus.filters.text import MEASURES, text_scores

ENGLISH = (
    "The mill by the river was built of oak and stone, and it ground the corn of five villages for two hundred years. "
    "When the railway came, the miller had to sell his horses. "
    "His daughter kept the house, planted apple trees, and let rooms to painters with little money. "
    "One of them stayed for good."
)


def scores(*sentences, language="en", kind="paragraph"):
    """Scores of a page of these sentences, each a block of its own."""
    blocks = [{"kind": kind, "first_sentence": n, "n_sentences": 1} for n in range(len(sentences))]
    return text_scores(sentences, blocks, language)


def judged(found):
    """The outcome of a page with these scores and nothing else against it."""
    row = {
        "relation": None,
        "jaccard": None,
        "robots": [],
        "tdm_reserved": False,
        "n_sentences": 3,
        "n_characters": 100,
        "n_host_boilerplate_characters": 0,
        "n_contaminated": None,
        "flagged_words": None,
        "text_scores": list(found.items()),
    }
    return judge(PAGE_FILTERS, Filters(), row)[0]


def test_a_page_without_sentences_has_no_scores():
    assert text_scores([], [], None) == {}


def test_ordinary_prose_is_kept_with_all_its_scores():
    found = scores(*ENGLISH.split(". "))
    assert list(found) == [measure.__name__ for measure, _ in MEASURES]
    assert judged(found) == "kept"


@pytest.mark.parametrize(
    ("name", "sentences", "score"),
    [
        ("page_words", ["One, two -- three!", "Four."], 4),
        ("page_word_letters", ["Ab abcd, été"], 3),
        ("page_symbols", ["# one # two three...", "four…"], 0.5),
        ("page_bullets", ["• Oak", "Ash", "■ Elm", "Yew"], 0.5),
        ("page_ellipses", ["Read more...", "Read on…", "The end.", "Oh… well"], 0.5),
        ("page_alphabetic_words", ["In 1830 some 4,000 came"], 0.6),
        ("page_duplicate_sentences", ["Buy now", "Buy now", "Yes", "No"], 0.25),
        ("page_duplicate_sentence_characters", ["Buy now", "Buy now", "Yes", "Not"], 0.35),
        ("page_duplicate_blocks", ["Ann", "Ann", "Look at the boat", "Look at the boat"], 0.5),
        ("page_duplicate_block_characters", ["Buy now", "Buy now", "Yes", "Not"], 0.35),
        ("page_top_2_gram", ["red car red car red car big sun"], 18 / 24),
        ("page_top_2_gram", ["one big red car"], 0),
        ("page_top_3_gram", ["we go up we go up in it"], 12 / 16),
        ("page_top_4_gram", ["we go up in we go up in a car"], 16 / 20),
        ("page_duplicate_5_grams", ["a b c d e f a b c d e g"], 5 / 12),
        ("page_duplicate_6_grams", ["a b c d e f a b c d e g"], 0),
        ("page_duplicate_10_grams", ["a b c d e f g h i j a b c d e f g h i j"], 0.5),
        ("page_repeated_words", ["a b c d e f a b c d e g"], 2 / 8),
        ("page_repeated_characters", ["0123456789x0123456789"], 2 / 12),
        ("page_special_characters", ["ab 12, é"], 5 / 9),
        ("page_punctuation", ["one two three, four five six. seven eight nine ten"], 2 / 12),
        ("page_lorem_ipsum", ["Lorem ipsum dolor sit amet"], 1),
        ("page_curly_brackets", ["if (x) { return {}; } and 13C{1H} or \\frac{1}{2}"], 2),
        ("page_sentences_without_javascript", ["Please enable JavaScript.", "A boat."], 1),
    ],
)
def test_scores_are_those_counted_by_hand(name, sentences, score):
    assert scores(*sentences)[name] == pytest.approx(score, abs=0.005)


def test_list_items_are_bullet_lines_though_the_bullet_is_gone():
    assert scores("Oak", "Ash", kind="list_item")["page_bullets"] == 1
    assert (
        judged(scores(*(f"{each} with of the trees and more" for each in "abcdef"), kind="list_item"))
        == "page_bullets"
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "这座磨坊是五个村庄的人在两百年前用橡木和石头建成的。"),
        ("ja", "この水車小屋は二百年前に建てられました。"),
        ("th", "โรงสีริมแม่น้ำสร้างด้วยไม้โอ๊คและหิน"),
        ("sw", "โรงสีริมแม่น้ำสร้างด้วยไม้โอ๊คและหิน"),
    ],
)
def test_words_are_not_counted_where_a_script_sets_no_spaces(language, sentence):
    found = scores(sentence, language=language)
    words = {"page_words", "page_word_letters", "page_symbols", "page_punctuation", "page_repeated_words"}
    assert words & set(found) == set()
    assert "page_repeated_characters" in found
    assert judged(found) == "kept"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("hi", "नदी के किनारे की चक्की को दो सौ साल पहले पाँच गाँवों के लोगों ने बनाया था।"),
        ("ml", "മലയാളം ഇന്ത്യയിലെ കേരള സംസ്ഥാനത്തിലും കേന്ദ്രഭരണ പ്രദേശങ്ങളായ ലക്ഷദ്വീപിലും സംസാരിക്കപ്പെടുന്നു."),
        ("vi", "Chị ơi, em đi ra bờ hồ xem cá."),
        ("am", "ወንዙ ዳር ያለው ወፍጮ በሁለት መቶ ዓመት በፊት ተሠራ።"),
    ],
)
def test_word_length_is_measured_in_alphabets_only(language, sentence):
    found = scores(sentence, language=language)
    assert "page_word_letters" not in found
    assert judged(found) == "kept"


def test_hangul_is_counted_by_its_letters():
    assert scores("나는 책을 읽어요", language="ko")["page_word_letters"] == (5 + 6 + 7) / 3


def test_stop_words_are_those_of_the_language():
    english, german = ENGLISH.split(". "), ["Die Mühle ist an dem Fluss und sie ist aus Holz"] * 6
    assert scores(*english)["page_stop_words"] == 15
    assert scores(*german, language="de")["page_stop_words"] == 6 * 6
    assert judged(scores(*(["cheap watches shoes bags phones"] * 11))) == "page_stop_words"


def test_arabic_stop_words_are_found_with_and_without_their_vowels():
    assert scores(*["ذهب الولد مِنْ البيت إِلَى المدرسة"] * 10, language="ar")["page_stop_words"] == 20
    assert scores(*["ذهب الولد من البيت إلى المدرسة"] * 10, language="ar")["page_stop_words"] == 20


def test_a_foreign_page_with_an_english_notice_has_its_stop_words():
    notice = "This story is brought to you by the makers of the book and of the songs."
    found = scores(*["أحب القراءة كثيرا جدا"] * 10, notice, language="ar")
    assert found["page_stop_words"] == 7


@pytest.mark.parametrize(("language", "n_times"), [("sw", 6), (None, 6), ("en", 1)])
def test_stop_words_are_not_asked_of_unknown_languages_and_short_pages(language, n_times):
    found = scores(*["kinu kilijengwa kwa mawe karibu na mto mkubwa sana leo"] * n_times, language=language)
    assert "page_stop_words" not in found


@given(st.lists(st.text(min_size=1), min_size=1, max_size=12), st.sampled_from(["en", "zh", "ko", None]))
def test_any_text_has_scores_and_every_share_is_one(sentences, language):
    found = scores(*sentences, language=language)
    counts = {"page_words", "page_word_letters", "page_symbols", "page_stop_words", "page_lorem_ipsum"}
    counts |= {"page_curly_brackets", "page_sentences_without_javascript"}
    assert all(0 <= score <= 1 for name, score in found.items() if name not in counts)
    assert all(score >= 0 for score in found.values())


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30), st.integers(2, 4))
def test_the_top_n_gram_share_is_that_of_plain_counting(words, n):
    windows = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    most = max(map(windows.count, windows), default=0)
    shares = {0.0} if most < 2 else set()
    for top in {window for window in windows if most >= 2 and windows.count(window) == most}:
        covered = {at + step for at, window in enumerate(windows) if window == top for step in range(n)}
        shares.add(len(covered) / len(words))
    assert any(scores(" ".join(words))[f"page_top_{n}_gram"] == pytest.approx(share) for share in shares)


@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=40))
def test_the_share_of_runs_said_before_is_that_of_plain_counting(words):
    found = scores(" ".join(words))
    for n in (5, 7, 10):
        windows = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
        end = n_covered = 0
        for at, window in enumerate(windows):
            if at >= end and window in windows[:at]:
                end, n_covered = at + n, n_covered + n
        assert found[f"page_duplicate_{n}_grams"] == pytest.approx(n_covered / len(words))
