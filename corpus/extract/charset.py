"""Character encoding of a page: from bytes to text.

Goes in: the body of a page and its Content-Type. Comes out: text without control characters, and the name
of the encoding. Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2): latin-1 is
windows-1252, gb2312 is GB 18030. A page that is not what it declares is read by its bytes.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
PRESCAN_BYTES = 16_384  # browsers stop at 1,024; pages with long comments before their <meta> do not
SAMPLE_BYTES = 32_768
MAX_BAD_SHARE_OF_DECLARED = 0.02
MAX_BAD_SHARE = 0.1
HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.IGNORECASE)
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([^\s/>\"';]+)", re.IGNORECASE)
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
ABOVE_ASCII = bytes(range(0x80, 0x100))
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufdd0-\ufdef\ufffe\uffff]")

CODECS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 xunicode20utf8 utf16 utf16le utf16be unicode ucs2 csunicode",
    "cp1252": "iso88591 latin1 l1 ascii usascii windows1252 cp1252 xcp1252 ibm819 cp819 isoir100 csisolatin1",
    "gb18030": "gb2312 gbk gb18030 gb23121980 gb231280 chinese csgb2312 xgbk isoir58 euccn cp936 ms936",
    "big5hkscs": "big5 big5hkscs cnbig5 xxbig5 csbig5 big5solaris big5eten",
    "cp932": "shiftjis sjis xsjis csshiftjis mskanji windows31j cp932 ms932",
    "euc_jp": "eucjp xeucjp cseucpkdfmtjapanese",
    "iso2022_jp_2": "iso2022jp csiso2022jp",
    "cp949": "euckr ksc56011987 ksc5601 ksc56011989 windows949 cp949 korean cseuckr csksc56011987 isoir149",
    "cp1250": "windows1250 cp1250 xcp1250",
    "cp1251": "windows1251 cp1251 xcp1251 win1251",
    "cp1253": "windows1253 cp1253 xcp1253",
    "cp1254": "windows1254 cp1254 xcp1254 iso88599 latin5 l5 csisolatin5 isoir148",
    "cp1255": "windows1255 cp1255 xcp1255",
    "cp1256": "windows1256 cp1256 xcp1256",
    "cp1257": "windows1257 cp1257 xcp1257",
    "cp1258": "windows1258 cp1258 xcp1258",
    "cp874": "windows874 dos874 tis620 iso885911",
    "cp866": "ibm866 cp866 866 csibm866",
    "koi8_r": "koi8r koi koi8 cskoi8r",
    "koi8_u": "koi8u koi8ru",
    "mac_roman": "macintosh mac xmacroman csmacintosh",
    "mac_cyrillic": "xmaccyrillic xmacukrainian",
    "iso8859_2": "iso88592 latin2 l2 csisolatin2 isoir101",
    "iso8859_3": "iso88593 latin3 l3 csisolatin3",
    "iso8859_4": "iso88594 latin4 l4 csisolatin4",
    "iso8859_5": "iso88595 cyrillic csisolatincyrillic",
    "iso8859_6": "iso88596 arabic asmo708 csisolatinarabic iso88596e iso88596i",
    "iso8859_7": "iso88597 greek greek8 elot928 csisolatingreek suneugreek",
    "iso8859_8": "iso88598 hebrew iso88598i iso88598e logical visual csisolatinhebrew",
    "iso8859_10": "iso885910 latin6 l6 csisolatin6",
    "iso8859_13": "iso885913",
    "iso8859_14": "iso885914",
    "iso8859_15": "iso885915 latin9 l9 csisolatin9",
    "iso8859_16": "iso885916",
}
LABELS = {label: codec for codec, labels in CODECS.items() for label in labels.split()}
MULTIBYTE = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
SINGLE_BYTE = ("cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp874")
FOREIGN_WORD = re.compile(rb"[\x80-\xff]{3,}")
KANA = re.compile("[\u3041-\u30ff]")
MIN_FOREIGN_WORDS = 4


def decode_page(body: bytes, content_type: str | None) -> tuple[str, str] | None:
    """Text and the name of its encoding; None when no encoding makes text of the bytes.

    In this order: byte order mark; UTF-8 when all bytes are valid as such and some are not ASCII; the
    charset of the header, then of <meta>, each with at most 2 % bad bytes; detection; what is declared, bad
    bytes replaced.
    """
    for mark, codec in BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return clean(body[len(mark) :].decode(codec, "replace")), codec
    if not body.isascii() and (text := decode_strictly(body, "utf-8")) is not None:
        return clean(text), "utf-8"
    declared = declared_codecs(body, content_type)
    for codec in declared:
        text, bad_share = decode(body, codec)
        if bad_share <= MAX_BAD_SHARE_OF_DECLARED:
            return clean(text), codec
    if body.isascii():
        return clean(body.decode("ascii")), "utf-8"
    codec = detect(body) or (declared or ["cp1252"])[0]
    if codec == "cp1252" and "utf-8" in declared and holds_utf8(body):
        codec = "utf-8"
    text, _ = decode(body, codec)
    return (clean(text), codec) if text.count("\ufffd") <= MAX_BAD_SHARE * len(text) else None


def declared_codecs(body: bytes, content_type: str | None) -> list[str]:
    """Python's names of the encodings that header and <meta> declare, unknown labels left out."""
    labels = []
    if in_header := HEADER_CHARSET.search(content_type or ""):
        labels.append(in_header.group(1))
    if in_page := META_CHARSET.search(body[:PRESCAN_BYTES]):
        labels.append(in_page.group(1).decode("ascii", "replace"))
    names = (LABELS.get(re.sub(r"[^a-z0-9]", "", label.lower())) for label in labels)
    return list(dict.fromkeys(name for name in names if name))


def decode_strictly(body: bytes, codec: str) -> str | None:
    """The text; None when a byte is bad, but for a character cut at the very end: crawlers cut long pages."""
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(body, final=False)
    except UnicodeDecodeError:
        return None


def decode(body: bytes, codec: str) -> tuple[str, float]:
    """The text, bad bytes replaced, and their share among the bytes above ASCII."""
    if (text := decode_strictly(body, codec)) is not None:
        return text, 0.0
    text = body.decode(codec, "replace")
    n_above_ascii = len(body) - len(body.translate(None, ABOVE_ASCII))
    return text, text.count("\ufffd") / max(1, n_above_ascii)


def holds_utf8(body: bytes) -> bool:
    """Whether some character above ASCII is valid UTF-8: in windows-1252 text that hardly happens by chance."""
    return not body.decode("utf-8", "ignore").isascii()


def detect(body: bytes) -> str | None:
    """The encoding that the bytes speak for; None when they speak for none.

    Words of letters above ASCII are no Latin script, so windows-1252 is then left out of the choice.
    """
    part = sample(body)
    n_above_ascii = len(part) - len(part.translate(None, ABOVE_ASCII))
    words = FOREIGN_WORD.findall(part)
    foreign = len(words) >= MIN_FOREIGN_WORDS and 2 * sum(map(len, words)) > n_above_ascii
    found = from_bytes(part, cp_isolation=[*MULTIBYTE, *(SINGLE_BYTE if foreign else ["cp1252"])]).best()
    if found is None:
        return None
    return "euc_jp" if found.encoding == "gb18030" and is_japanese(part) else str(found.encoding)


def is_japanese(part: bytes) -> bool:
    """Whether bytes that are valid GB 18030 are EUC-JP: kana have the same bytes in both, Chinese has none."""
    text = decode_strictly(part, "euc_jp") or ""
    return 5 * len(KANA.findall(text)) > len(text) - len(text.encode("ascii", "ignore"))


def sample(body: bytes) -> bytes:
    """A part of the page with bytes above ASCII in it, for detection."""
    first = next((index for index, byte in enumerate(body) if byte >= 0x80), 0)
    return body[max(0, first - 1_024) :][:SAMPLE_BYTES]


def clean(text: str) -> str:
    """Text that XML can hold: no control characters, no XML declaration, whose encoding no longer holds."""
    return XML_DECLARATION.sub("", CONTROL.sub("", text), count=1)
