"""Stop words: the commonest words of the languages that the web is written in.

Goes in: nothing. Comes out: words by ISO 639-1 code. The English ones are those of Gopher (Rae et al. 2021, section
A.1.1); the others are as many of the same kind: articles, forms of to be and to have, conjunctions, prepositions. Of a
language that is not here stop words cannot be counted.
"""

from __future__ import annotations

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "ar": "في من على إلى أن هذا هذه التي الذي و كان لا ما مع عن هو هي يا قال ثم أنا لم قد كل لي له بعد",
        "bn": "এবং ও এই এক একটি না করে তার আমি সে থেকে হয় কি জন্য আর তুমি ছিল",
        "cs": "a je se v na to že s z do o i byl by ale jako",
        "da": "og i at det en den til er som på de med for ikke der var",
        "de": "der die das und in zu den ist von mit ein eine nicht dem sich auf war er sie es ich",
        "el": "και το η ο να του της με στο για την είναι δεν που ένα τα",
        "en": "the be to of and that have with",
        "es": "de la que el en y a los las un una es se no por con del su qué él ella yo mi me te lo le más está",
        "fa": "و در به از که این را با است آن برای یک بود ما من",
        "fi": "ja on ei se hän että oli mutta kun niin en ovat myös kuin",
        "fr": "de la le les et des un une du en est que il elle à dans qui pas je ne sur au",
        "he": "של את על הוא היא לא זה עם אני כי גם יש מה או",
        "hi": "के में है और की को से का एक पर यह ने नहीं हैं था मैं वह थी",
        "hu": "a az és hogy nem is egy de volt meg van ez",
        "id": "yang dan di itu dengan untuk dari ini tidak ke pada adalah dalam aku dia ada saya mereka",
        "it": "di e il la che in un una per è non i le del si con da",
        "nl": "de het een en van in is dat op te met niet zijn voor er ik hij ze",
        "no": "og i det er en et på til som å for med av ikke han hun jeg",
        "pl": "i w na z się nie to że do jest o a jak po ale",
        "pt": "de a o que e do da em um uma os as é para com não se no na",
        "ro": "de și în a la cu pe un o nu este care că din se",
        "ru": "и в не на что я с он она как это по но из у к а",
        "sv": "och i att det som en ett på är av för med den inte jag hon han",
        "tr": "ve bir bu da de için ile çok ne o ben gibi ama var",
        "uk": "і в не на що я з він вона як це та до у але",
        "ur": "کے میں ہے اور کی کو سے کا ایک پر یہ نے نہیں تھا وہ",
        "vi": "và của là có không được một cho trong với người tôi em con",
    }.items()
}

# Written without space, or as endings: counted wherever they stand.
STOP_SYLLABLES: dict[str, tuple[str, ...]] = {
    "ja": ("の", "に", "は", "を", "が", "た", "て", "と", "で"),
    "ko": ("은", "는", "이", "가", "을", "를", "에", "의", "고", "도"),
    "zh": ("的", "是", "了", "在", "不", "我", "有", "和", "一", "他", "这", "這", "之"),
}
