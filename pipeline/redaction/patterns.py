"""Findings that have a form: e-mails, phones, cards, IBANs, addresses, account numbers.

Presidio's recognisers where they exist, our own patterns for what they lack: numbers read out in
words, e-mails said aloud, street addresses, and numbers that a word such as "policy" announces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UsSsnRecognizer,
)
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline.redaction.findings import Finding

MIN_SCORE = 0.4
REGIONS = ("US", "GB", "DE", "FR", "IN", "AU")

_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_NUMERAL = rf"(?:{_DIGIT}|ten|eleven|twelve|[a-z]+(?:teen|ty)|hundred)"
_SPOKEN = rf"\b(?:(?:double |triple )?{_DIGIT}[ ,.-]+){{%d,}}(?:double |triple )?{_DIGIT}\b"
_SPACED = r"\b(?:\d{1,4}[ .-]){%d,}\d{1,4}\b"
_IS = r"(?:\s*(?:is|are|was|it's|its|that's|would be|ending in|ends in|with|uh|um|[:#,=-]))*\s*"
_NUMBER_WORD = r"(?:\s+(?:numbers?|no\.?|num|nr\.?|id|code))"
_LABEL = (
    r"\b(?:account|acct|policy|order|member(?:ship)?|claim|invoice|reference|ref|case|ticket|"
    r"confirmation|customer|contract|routing|tracking|serial|booking|license|licence|passport|tax)"
)
_CODE = r"(?=[A-Z-]*\d[A-Z-]*\d[A-Z-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*\b(?![.,]\d|%|@)"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|"
    r"Square|Sq|Terrace|Parkway|Pkwy|Highway|Hwy|Circle|Close|Crescent)"
)
_UNIT = r"(?:,?\s+(?:Apt|Apartment|Suite|Ste|Unit|Floor|#)\.?\s*#?\w+)?"
_CITY = r"(?:,?\s+[A-Z][a-z]+(?:\s[A-Z][a-z]+)?,?\s+[A-Z]{2}\b(?:\s+\d{5}(?:-\d{4})?)?)?"
_NOT_STREET = (
    r"(?!(?:minutes?|hours?|days?|weeks?|months?|years?|miles?|blocks?|people|guys|more|the|a|an|"
    r"of|on|in|down|off|up|per|percent|or|and|to|by|my|our|your|this|that|at|for|it|way|is)\b)"
)

_ADDRESSES = {
    "street": rf"(?-i:\b\d{{1,5}}[A-Za-z]?\s+(?:(?:[NSEW]\.?|[A-Z0-9][\w'.]*)\s+){{1,4}}"
    rf"{_STREET}\b(?:\.(?=,))?{_UNIT}{_CITY})",
    "spoken street": rf"\b(?:\d{{1,5}}|(?:{_NUMERAL}\s)+)"
    rf"\s*(?:{_NOT_STREET}[a-z]+\s+){{1,2}}(?:street|avenue|road|boulevard|lane|drive|court)\b",
    "German street": r"(?-i:\b[A-ZÄÖÜ][\wäöüß]+(?:straße|strasse|str\.|weg|platz|gasse|allee)"
    r"\s+\d{1,4}[a-z]?\b(?:,?\s+\d{5}\s+[A-ZÄÖÜ][a-zäöüß]+)?)",
    "UK postcode": r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b)",
    "US state and ZIP": r"(?-i:\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b)",
    "post office box": r"\bP\.?\s?O\.?\s?Box\s+\d+\b",
}
_ACCOUNTS = {
    "announced": rf"(?<={_LABEL}{_NUMBER_WORD}{_IS}){_CODE}",
    "after the label": rf"(?<={_LABEL}{_IS})(?:(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9-]{{6,}}|"
    r"\d{6,})\b(?![.,]\d|\s*(?:dollars|euros|users|people|units))",
    "after a hash": rf"(?<={_LABEL}\s*#\s*)\d{{3,}}\b",
    "spoken": rf"(?<={_LABEL}{_NUMBER_WORD}?{_IS})(?:\b[a-z] ){{0,4}}{_SPOKEN % 3}",
    "spaced": rf"(?<={_LABEL}{_NUMBER_WORD}{_IS}){_SPACED % 1}",
    "grouped": rf"(?<={_LABEL}{_IS})(?=(?:-?\d){{7}})\d{{2,}}(?:-\d{{2,}})+\b",
}
_CARD_BEFORE = r"(?<=\b(?:card|visa|mastercard|amex)(?:\s+number)?" + _IS + ")"
_CARDS = {
    "grouped": r"\b\d{4}([ -])\d{4}\1\d{4}\1\d{4}\b",
    "last four": r"(?<=\blast (?:four|4)(?: digits)?" + _IS + r")\d{4}\b",
    "ending in": r"(?<=\bcard (?:that |which )?(?:ending|ends) (?:in|with) )\d{4}\b",
    "last four spoken": r"(?<=\blast (?:four|4)(?: digits)?" + _IS + rf"){_SPOKEN % 3}",
    "spoken": _CARD_BEFORE + _SPOKEN % 3,
}
_PHONES = {
    "grouped": r"(?<![\w.-])(?:\+?\d{1,3}[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}\b",
    "local": r"(?<![\w$.,/-])\d{3}-\d{4}\b(?![-%])",
    "digit by digit": r"\b(?:\d[ -]){6,}\d\b",
    "plain": r"(?<![\w$€£.,/-])(?!\d*0{5})(?:\d{10}|1\d{10})\b(?![.,]\d|%)",
    "spoken": _SPOKEN % 6,
    "spoken with hundreds": rf"\b(?:{_DIGIT} |double |triple |hundred ){{6,}}{_DIGIT}\b",
}
_SSN_BEFORE = r"(?<=\b(?:social(?: security)?|ssn)(?:\s+number)?" + _IS + ")"
_SSNS = {
    "announced": _SSN_BEFORE + r"(?:\d[ -]?){8}\d\b",
    "spoken": _SSN_BEFORE + _SPOKEN % 3,
}
_AT = r"(?: at | \(at\) | \[at\] )"
_DOT = r"(?: dot | \(dot\) )"
_TOP_LEVEL = r"(?:com|org|net|io|co|edu|gov|de|uk|fr|in|ai|eu)"
_EMAILS = {
    "said aloud": rf"\b[a-z0-9]+(?:(?: dot | underscore | dash | hyphen |[._-])[a-z0-9]+)*{_AT}"
    rf"[a-z0-9-]+(?: (?:(?:dash|hyphen) )?[a-z0-9]+)?{_DOT}{_TOP_LEVEL}\b"
    rf"(?:{_DOT}uk\b)?",
}
_HANDLES_DIGITS = re.compile(rf"\d\D{{0,3}}\d|\b{_NUMERAL}\b", re.IGNORECASE)
_HANDLES_EMAIL = re.compile(r"@|\bat\b.+\bdot\b", re.IGNORECASE)


_NO_ARTIFACTS = NlpArtifacts([], Doc(Vocab()), [], [], None, "en")  # patterns read text alone


class _OfflineEmailRecognizer(EmailRecognizer):
    """Presidio's e-mail recogniser without the look-up of top-level domains on the network."""

    def validate_result(self, pattern_text: str) -> bool | None:  # noqa: ARG002 (presidio's name)
        return None


class FormFinder:
    """The recognisers of one process, in order of precedence; built once, it holds no text."""

    def __init__(self) -> None:
        self._emails = [
            ("EMAIL", _OfflineEmailRecognizer()),
            ("EMAIL", _recogniser("EMAIL", _EMAILS)),
        ]
        self._numbers = [
            ("IBAN", IbanRecognizer()),
            ("SSN", _recogniser("SSN", _SSNS)),
            ("CARD", CreditCardRecognizer()),
            ("CARD", _recogniser("CARD", _CARDS)),
            ("ACCOUNT_NUMBER", _recogniser("ACCOUNT_NUMBER", _ACCOUNTS)),
            ("SSN", UsSsnRecognizer()),
            ("IP_ADDRESS", IpRecognizer()),
            ("ADDRESS", _recogniser("ADDRESS", _ADDRESSES)),
            ("PHONE", _recogniser("PHONE", _PHONES)),
            ("PHONE", PhoneRecognizer(supported_regions=REGIONS)),
        ]

    def find(self, text: str) -> Iterator[Finding]:
        """The findings in the text, those of the most certain kind first; they may overlap."""
        if _HANDLES_EMAIL.search(text):
            yield from _run(self._emails, text)
        if _HANDLES_DIGITS.search(text):
            yield from _run(self._numbers, text)


def _recogniser(tag: str, patterns: dict[str, str]) -> PatternRecognizer:
    """A Presidio recogniser for patterns of our own."""
    return PatternRecognizer(
        supported_entity=tag,
        patterns=[Pattern(name, regex, 0.6) for name, regex in patterns.items()],
    )


def _run(recognisers: Sequence[tuple[str, EntityRecognizer]], text: str) -> Iterator[Finding]:
    """What the recognisers find, in their order, each from left to right."""
    for tag, recogniser in recognisers:
        results = recogniser.analyze(text, recogniser.supported_entities, _NO_ARTIFACTS)
        for result in sorted(results, key=lambda each: (each.start, -each.end)):
            if result.score >= MIN_SCORE:
                yield Finding(result.start, result.end, tag)
