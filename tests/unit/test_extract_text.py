"""The extractor's tree becomes blocks, each of one kind."""

from lxml import etree, html

from corpus.extract.text import TextBlock, blocks_in, extract_blocks


def blocks(inner):
    return [
        (block.kind, *block.lines)
        for block in blocks_in(etree.fromstring(f"<body>{inner}</body>"), "paragraph")
    ]


def test_each_element_has_its_kind():
    tree = "<head rend='h2'>Title</head><p>Text</p><list><item>One</item><item>Two</item></list><code>a = 1</code>"
    assert blocks(tree) == [
        ("heading", "Title"),
        ("paragraph", "Text"),
        ("list_item", "One"),
        ("list_item", "Two"),
        ("code", "a = 1"),
    ]


def test_paragraphs_in_a_quote_or_item_are_quote_and_item():
    assert blocks("<quote><p>One</p><p>Two</p></quote>") == [("quote", "One"), ("quote", "Two")]
    assert blocks("<list><item><p>One</p><list><item>Inner</item></list>after</item></list>") == [
        ("list_item", "One"),
        ("list_item", "Inner"),
        ("list_item", "after"),
    ]


def test_only_line_break_elements_break_lines_and_in_code_line_ends():
    assert blocks("<p>one\n two<lb/>three <hi>four</hi> five</p>") == [
        ("paragraph", "one two", "three four five")
    ]
    assert blocks("<code>a = 1\n\nb = 2</code>") == [("code", "a = 1", "b = 2")]


def test_a_row_of_short_cells_is_one_line():
    row = "<row><cell role='head'>Year</cell><cell/><cell><p>1503</p></cell></row>"
    assert blocks(f"<table>{row}</table>") == [("table_row", "Year | 1503")]


def test_a_row_that_lays_out_a_page_falls_apart_into_its_blocks():
    row = (
        "<row><cell><head>News</head><p>First</p></cell><cell>Side</cell></row><row><cell>Alone</cell></row>"
    )
    assert blocks(f"<table>{row}</table>") == [
        ("heading", "News"),
        ("paragraph", "First"),
        ("paragraph", "Side"),
        ("paragraph", "Alone"),
    ]


def test_text_that_stands_loose_is_a_paragraph():
    assert blocks("before<p>in</p>after <hi>bold</hi> end") == [
        ("paragraph", "before"),
        ("paragraph", "in"),
        ("paragraph", "after bold end"),
    ]


def test_empty_elements_give_no_block():
    assert blocks("<p> </p><list><item/></list><table><row><cell/></row></table><lb/>") == []


def test_the_text_of_an_article_is_a_block():
    article = "<article><p>A sentence that is long enough to be kept.</p></article>"
    root = html.document_fromstring(f"<html><body>{article}</body></html>")
    assert extract_blocks(root) == [TextBlock("paragraph", ("A sentence that is long enough to be kept.",))]


def test_a_page_without_content_has_no_blocks():
    assert extract_blocks(html.document_fromstring("<html><body></body></html>")) == []
