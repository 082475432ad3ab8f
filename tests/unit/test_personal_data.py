from corpus.config import Settings
from corpus.recipes.personal_data import without_personal_data_around

ROW = {
    "url": "https://user@shop.example.de:8080/contact",
    "language": "xx",
    "title": "Call Tel. 030 901820",
    "text_list": ["<EMAIL>"],
    "image_info": [
        {
            "alt": "a@b.example and c@d.example",
            "caption": None,
            "raw_url": "https://a.example/a@b.example.jpg",
        },
        {"alt": None, "caption": "A dog"},
    ],
    "replaced": [{"kind": "email", "n": 1}],
}


def test_titles_alternative_texts_and_captions_have_placeholders_and_urls_are_left():
    row = without_personal_data_around(
        {**ROW, "image_info": [dict(each) for each in ROW["image_info"]]}, Settings()
    )
    assert row["title"] == "Call Tel. <PHONE>"
    assert row["image_info"] == [
        {"alt": "<EMAIL> and <EMAIL>", "caption": None, "raw_url": "https://a.example/a@b.example.jpg"},
        {"alt": None, "caption": "A dog"},
    ]
    assert row["replaced"] == [{"kind": "email", "n": 3}, {"kind": "phone", "n": 1}]
    assert row["text_list"] == ["<EMAIL>"]
