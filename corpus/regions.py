"""Where a host says that it is: the region of its top-level domain.

Goes in: a top-level domain, such as `de` or `xn--p1ai`. Comes out: a region of the world, or that it
names none.

Regions are the sub-regions of the United Nations (Standard country or area codes for statistical use, M49; Africa and
the Americas by their intermediate regions). A domain stands for the country whose ISO 3166-1 code it is, or whose it is
by IANA's root zone database, internationalised names too. Domains of countries that people all over the world register
for their sound (`.tv`, `.io`) name no country: those that Google Search Central lists as generic ("Managing
multi-regional sites").
"""

from __future__ import annotations

GENERIC = "generic"
NO_COUNTRY = "ad ai as bz cc cd co dj fm io la me ms nu sc sr su tk tv ws"
COUNTRIES = {
    "Northern Africa": "dz eg eh ly ma sd tn",
    "Eastern Africa": "bi er et ke km mg mu mw mz re rw so ss tf tz ug yt zm zw",
    "Middle Africa": "ao cf cg cm ga gq st td",
    "Southern Africa": "bw ls na sz za",
    "Western Africa": "ac bf bj ci cv gh gm gn gw lr ml mr ne ng sh sl sn tg",
    "Northern America": "bm ca gl pm us",
    "Caribbean": "ag aw bb bl bq bs cu cw dm do gd gp ht jm kn ky lc mf mq pr sx tc tt vc vg vi",
    "Central America": "cr gt hn mx ni pa sv",
    "South America": "ar bo br bv cl ec fk gf gs gy pe py uy ve",
    "Central Asia": "kg kz tj tm uz",
    "Eastern Asia": "cn hk jp kp kr mn mo tw",
    "South-eastern Asia": "bn id kh mm my ph sg th tl vn",
    "Southern Asia": "af bd bt in ir lk mv np pk",
    "Western Asia": "ae am az bh cy ge il iq jo kw lb om ps qa sa sy tr ye",
    "Eastern Europe": "bg by cz hu md pl ro ru sk ua",
    "Northern Europe": "ax dk ee fi fo gb gg ie im is je lt lv no se sj uk",
    "Southern Europe": "al ba es gi gr hr it mk mt pt rs si sm va",
    "Western Europe": "at be ch de fr li lu mc nl",
    "Europe, no country": "eu",
    "Australia and New Zealand": "au cx hm nf nz",
    "Melanesia": "fj nc pg sb vu",
    "Micronesia": "gu ki mh mp nr pw um",
    "Polynesia": "ck pf pn to wf",
    "Antarctica": "aq",
}
INTERNATIONALISED = {
    "Northern Africa": "الجزائر المغرب تونس سودان مصر",
    "Western Africa": "موريتانيا",
    "Central Asia": "қаз",
    "Eastern Asia": "中国 中國 台湾 台灣 臺灣 澳门 澳門 香港 한국 мон",
    "South-eastern Asia": "新加坡 சிங்கப்பூர் ไทย ລາວ مليسيا",
    "Southern Asia": "भारत भारतम् भारोत ভারত ভাৰত ਭਾਰਤ ભારત ଭାରତ இந்தியா భారత్ ಭಾರತ ഭാരതം بھارت بارت ڀارت বাংলা "
    "ලංකා இலங்கை پاکستان پاكستان ایران ايران",
    "Western Asia": "გე հայ ישראל الاردن البحرين السعودية السعوديه السعودیۃ اليمن "
    "امارات سورية سوريا عراق عمان فلسطين قطر",
    "Eastern Europe": "бг бел рф укр",
    "Southern Europe": "ελ мкд срб",
    "Europe, no country": "ею ευ",
}


def ascii_name(name: str) -> str:
    """The name as DNS knows it (RFC 3492)."""
    return "xn--" + name.encode("punycode").decode("ascii")


REGIONS = {domain: region for region, domains in COUNTRIES.items() for domain in domains.split()} | {
    ascii_name(name): region for region, names in INTERNATIONALISED.items() for name in names.split()
}


def region_of(domain: str) -> str | None:
    """The region that a top-level domain names; `generic` where it is that of no country, None where it is none at
    all: a country's that is not known here is told by its two letters."""
    if domain in REGIONS:
        return REGIONS[domain]
    if not domain.isascii() or not domain.replace("-", "").isalnum():
        return None
    return None if len(domain) == 2 and domain not in NO_COUNTRY.split() else GENERIC
