"""Secrets: private keys and tokens that open somebody's account.

Goes in: a text. Comes out: spans. Only forms that their issuers publish, or that stand in their own scanners, are
looked for; a password or an AWS secret key looks like any other word and is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

END = r"(?![A-Za-z0-9_])"
AWS = "(?=[A-Z]{0,15}[2-7])[A-Z2-7]{16}"  # words in capitals have no digit, of keys 96 in 100 do
# Its lines, broken as they are or written as \n; a beginning without such lines is talk of keys.
BREAK = r"(?:\s|\\[nr])*"
PRIVATE_KEY = (
    r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:{BREAK}(?:[A-Z][A-Za-z-]{{2,20}}: [^\n]{{1,200}}|[A-Za-z0-9+/]{{40,}}+={{0,2}}))+"
    rf"(?:{BREAK}[A-Za-z0-9+/]{{1,76}}={{0,2}}(?=(?:\s|\\[nr]|=[A-Za-z0-9+/]{{4}})*-----END))?"
    rf"(?:{BREAK}=[A-Za-z0-9+/]{{4}})?(?:{BREAK}-----END [A-Z0-9 ]{{1,50}}-----)?"
)

FORMS: tuple[tuple[str, str, str], ...] = (
    ("PRIVATE KEY", PRIVATE_KEY, "RFC 7468; OpenPGP: RFC 9580, section 6.2"),
    ("AKIA", rf"AKIA{AWS}{END}", "AWS IAM, unique identifiers: access key"),
    ("ASIA", rf"ASIA{AWS}{END}", "AWS IAM, unique identifiers: temporary access key"),
    ("gh", rf"gh[pousr]_[A-Za-z0-9]{{36,251}}{END}", "GitHub, token formats (April 2021)"),
    ("github_pat_", rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{END}", "GitHub, fine-grained tokens"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{20,64}(?![A-Za-z0-9_-])", "GitLab, token prefixes"),
    ("xox", r"xox[abeprs]-[A-Za-z0-9-]{10,250}(?![A-Za-z0-9-])", "Slack, token types"),
    ("AIza", r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", "Google Cloud, API keys"),
    ("k_live_", rf"[rs]k_live_[A-Za-z0-9]{{16,247}}{END}", "Stripe, API keys"),
    ("sk-", r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,120}T3BlbkFJ[A-Za-z0-9_-]{16,120}", "OpenAI, keys"),
    ("sk-ant-", r"sk-ant-[a-z]{3,5}\d\d-[A-Za-z0-9_-]{80,120}", "Anthropic, keys"),
    ("hf_", rf"hf_[A-Za-z]{{34}}{END}", "Hugging Face, user access tokens"),
    ("npm_", rf"npm_[A-Za-z0-9]{{36}}{END}", "npm, token format (September 2021)"),
    ("pypi-", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,1000}", "PyPI, API tokens: a macaroon of pypi.org"),
    ("SG.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", "SendGrid, API keys"),
    ("_v1_", rf"do[opr]_v1_[0-9a-f]{{64}}{END}", "DigitalOcean, tokens"),
    ("shp", rf"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{END}", "Shopify, access tokens"),
    (":AA", r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", "Telegram, bot tokens"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,8192}\.[A-Za-z0-9_-]{16,1024}", "RFC 7519: signed tokens"),
)  # fmt: skip
PATTERNS = tuple((sign, re.compile(form, re.ASCII)) for sign, form, _ in FORMS)
WITHIN_A_WORD = re.compile("[A-Za-z0-9_]")


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Keys and tokens; a private key with all of its lines."""
    for sign, pattern in PATTERNS:
        if sign in text:
            for found in pattern.finditer(text):
                if not WITHIN_A_WORD.match(text[found.start() - 1 : found.start()]):
                    yield found.span()
