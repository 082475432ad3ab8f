"""Where sentences end, script by script: each line is written with a bar at every right boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extract.sentences import split_sentences

LINES = [
    ("en", "Dr. Ada Lowe met J. K. Fenn at 5 p.m. near Main St. on Friday.|They talked."),
    ("en", "See https://example.org/a.html?b=1.|Then open notes.v2.toml.|It took 2.5 s."),
    ("en", "“It is late.”|She left.|Wait... what?|The U.S. border (see Fig. 3) is closed."),
    ("en", "It ended here.|https://example.org/more tells why.|www.example.org does not."),
    ("en", "It was late.|(She had left.)|Then it rained (not much!).|All slept."),
    ("en", "… and so it went on.|iPhones came later."),
    ("de", "Das gilt z. B. für Prof. Dr. Kuhn.|Er kam am 3. Mai, d. h. gestern.|„Gut.“|Sie ging."),
    ("de", "Der 2. Platz ging an Rom.|Das war 1987.|Er rief laut.|»Halt!« rief auch sie."),
    ("fr", "Elle aime p. ex. les poires.|M. Roux vit ici.|« Entrez ! » dit-il.|Il part à 10 h. 30 env. du soir."),
    ("es", "¿Quién es?|¡Hola!|El Sr. Ruiz vive en EE. UU. desde 1990.|«Bien.»|Fin."),
    ("it", "Il sig. Bruni abita al n. 7.|Poi partì."),
    ("pt", "O Dr. Melo chegou às 5 h.|A Sra. Reis saiu."),
    ("nl", "Dat is o.a. goed.|'s Avonds komt mw. de Wit om 5.30 uur.|Klaar."),
    ("sv", "Han kom t.ex. igår.|Det var bl.a. bra."),
    ("pl", "Urodził się w 1990 r. w Gdyni.|Prof. Lis mieszka na ul. Dolnej."),
    ("cs", "Přišel např. dnes.|Stalo se to 3. května."),
    ("hu", "Dr. Nagy 1990. május 3. napján jött.|Vége."),
    ("tr", "Dr. Kaya geldi.|Sonra 3. katta kaldı.|Son."),
    ("fi", "Hän tuli 3. toukokuuta.|Se on esim. hyvä."),
    ("vi", "TS. Trần đã đến.|Giá 3.500 đồng."),
    ("ru", "Это т. е. верно.|Он родился в 1990 г. в Пскове.|А. П. Орлов писал.|«Да».|Цена 5 руб. 20 коп. за штуку."),
    ("uk", "У 1990 р. він жив у м. Суми.|Т. Г. Гай писав."),
    ("el", "Πού είσαι;|Ήρθε ο κ. Νίκου, π.χ. χθες.|Κοστίζει 3.50 ευρώ."),
    ("hy", "Սա տուն է։|Նա այստեղ է։"),
    ("he", "איפה אתה?|ד\"ר לוי הגיע.|המחיר 3.50 שקל!"),
    ("ar", "أين الكتاب؟|وصل د. سامي اليوم.|السعر ٣.٥ ريال!|قال: «نعم.»|ثم خرج."),
    ("fa", "آقای م. رضایی آمد.|کجاست؟|خوب است."),
    ("ur", "یہ گھر ہے۔|وہ کہاں ہے؟|ٹھیک ہے۔"),
    ("hi", "यह घर है।|डॉ. वर्मा आए।|दाम 3.50 है।|2024 में क्या हुआ?|“ठीक है।”|फिर वह गया।"),
    ("mr", "हे घर आहे.|डॉ. काळे आले.|धन्यवाद."),
    ("bn", "এটা বাড়ি।|ড. করিম এসেছেন।|দাম ৩.৫০ টাকা।|কোথায়?"),
    ("ta", "இது வீடு.|அவர் எங்கே?|விலை 3.50 ரூபாய்."),
    ("am", "ይህ ቤት ነው።|እሱ የት ነው፧|እሺ።"),
    ("my", "ဒါက အိမ်ပါ။|သူ ဘယ်မှာလဲ။"),
    ("km", "នេះជាផ្ទះ។|គាត់មកហើយ។"),
    ("zh", "他说：“我不来。”|天黑了……后来下雨。|真的吗？！|价格是3.5元。|2024年到了。|（完。）|再见！"),
    ("zh", "他写道“好。2024年见。”|然后走了。"),
    ("ja", "「行くの？」と母は聞いた。|父は「はい。」と答えた。|『春。』を読んだ。|（笑）すごい！！|2024年だ。"),
    ("ja", "Ver.2.0が出た。|U.S.A.は広い。|価格は3.5円です。"),
    ("ko", "그는 \"안녕.\"이라고 말했다.|너는?|3.5킬로미터를 걸었다.|끝."),
    ("th", "วันนี้อากาศดี ราคา 3.50 บาท เมื่อ พ.ศ. 2560"),
    ("th", "แม่น้ำสายนี้ไหลผ่านเมืองเก่าที่มีตลาดอยู่ริมฝั่ง|ชาวบ้านพายเรือขายผลไม้และดอกไม้ทุกเช้าตลอดทั้งปี"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "line"), LINES)
def test_sentences_end_where_a_reader_ends_them(language, line):
    assert split_sentences(line.replace("|", "" if language in ("zh", "ja") else " "), language) == [
        sentence.strip() for sentence in line.split("|")
    ]


def test_a_writer_without_capitals_still_has_sentences():
    assert split_sentences("i like it. you too. fine", "en") == ["i like it.", "you too.", "fine"]


def test_a_forgotten_capital_does_not_join_sentences():
    line = "The weather was fine yesterday. we went out."
    assert split_sentences(line, "en") == ["The weather was fine yesterday.", "we went out."]


LANGUAGES = sorted({language for language, _ in LINES})
FRAGMENTS = st.sampled_from(
    [fragment for _, line in LINES for fragment in line.replace("|", " ").split(" ")]
    + ["。", "」", "「", "\"", "»", ".", "...", "？", "। ", " ", "’", "3.", "(", ")", "្", "\u200b"]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=3), max_size=40).map("".join), st.sampled_from(LANGUAGES))
def test_sentences_together_are_the_line_but_for_white_space(line, language):
    sentences = split_sentences(line, language)
    if any(map(str.isalnum, line)):
        assert "".join("".join(sentences).split()) == "".join(line.split())
        assert all(any(map(str.isalnum, sentence)) for sentence in sentences)
    else:
        assert sentences == []
