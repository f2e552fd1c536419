"""What trait values amount to, in words that can be counted: function, seniority, size, product."""

from __future__ import annotations

import re

from text_to_num import alpha2digit

_BANDS = ((10, "1-10"), (50, "11-50"), (200, "51-200"), (1000, "201-1000"), (5000, "1001-5000"))
_LARGEST_BAND = "5001+"
_FIGURES = r"\d+(?:,\d{3})*(?:\.\d+)?"
_HEADS = re.compile(
    rf"(?P<number>{_FIGURES})[\s+-]*(?:[a-z]+[\s-]+){{0,2}}?"
    r"(?:people|persons?|employees?|staff|heads?|headcount|folks|users?|reps?|seats?|ftes?|engineers?"
    r"|agents?|testers?|devs?|developers?|nurses?|drivers?|teachers?|workers?|of us)\b"
)
_SCALES = {"k": 1000, "thousand": 1000, "hundred": 100}
_SCALED = re.compile(rf"\b({_FIGURES})\s*(k|thousand|hundred)\b")
_DOZENS = re.compile(r"\b(?:(\d+) |a )?dozen\b")

_SENIORITY = (
    ("owner", r"owner|(?:co-?)?founder|proprietor|own|owns"),
    ("vice president", r"[se]?vp|vice president"),
    ("executive", r"c[efitmors]o|c[il]so|chief|president|managing director|partner"),
    ("director", r"director|head|heads|heading"),
    ("manager", r"manager|manages?|lead|leads|leader|supervisor|foreman|runs?|charge of"),
)
_FUNCTIONS = (
    ("sales", r"sales|revenue|revops|account exec\w*|[bs]dr|cro|business development"),
    ("marketing", r"marketing|brand|growth|demand gen|cmo|content|social media"),
    ("finance", r"financ\w*|cfo|controller|account(?:ing|ant|s)|bookkeep\w*|treasur\w*|payroll"),
    ("people", r"hr|human resources|people|talent|recruit\w*|chro"),
    ("security", r"security|ciso|compliance|privacy|risk"),
    (
        "customer service",
        r"support|customer \w+|call cent\w*|contact cent\w*|(?:help|service) ?desk",
    ),
    ("technology", r"it|ct?io|cto|engineer\w*|dev\w*|software|qa|test\w*|data|tech\w*|sysadmin"),
    ("product", r"product|ux|design\w*"),
    ("procurement", r"procurement|purchas\w*|buyer|buying|sourcing"),
    ("legal", r"legal|lawyer|counsel|attorney|paralegal"),
    ("healthcare", r"nurs\w*|doctor|physician|dentist|clinic\w*|practice|pharmac\w*|therapist"),
    ("education", r"teach\w*|principal|professor|school|dean|tutor|student|curriculum"),
    ("operations", r"operations?|ops|coo|logistics|warehouse|supply|plant|production|office|fleet"),
    ("general management", r"ceo|managing director|founder|owner|president|general manager"),
)
_TOOL_FILLERS = re.compile(
    r"^(?:(?:a|an|the|our|my|some|this|that|just|plain|good old|old|on|using|use|in|with)\s+)+",
    re.I,
)


def normalise_value(trait: str, value: str) -> str | None:
    """The value of a trait in countable words; None where nothing is sure."""
    if trait == "role":
        return normalise_role(value)
    if trait == "company_size":
        return normalise_size(value)
    return normalise_tool(value) if trait == "tool" else None


def normalise_role(value: str) -> str | None:
    """`function/seniority`, such as `finance/executive`; a part that is not said is left out."""
    lowered = value.lower()
    parts = [_first_match(_FUNCTIONS, lowered), _first_match(_SENIORITY, lowered)]
    return "/".join(part for part in parts if part) or None


def _first_match(rules: tuple[tuple[str, str], ...], text: str) -> str | None:
    """The name of the first rule whose words are in the text."""
    return next((name for name, words in rules if re.search(rf"\b(?:{words})\b", text)), None)


def normalise_size(value: str) -> str | None:
    """The band of a head count, such as `11-50`; None for sites, revenue and volumes."""
    match = _HEADS.search(_as_figures(value.lower()))
    if match is None:
        return None
    number = _as_number(match["number"])
    return next((band for limit, band in _BANDS if number <= limit), _LARGEST_BAND)


def _as_figures(text: str) -> str:
    """The text with numbers as figures alone: `two hundred and ten`, `20 thousand`, `a dozen`."""
    text = _SCALED.sub(lambda m: f"{_as_number(m[1]) * _SCALES[m[2]]:.0f}", text)
    return _DOZENS.sub(lambda m: str(12 * int(m[1] or 1)), str(alpha2digit(text, "en")))


def _as_number(figures: str) -> float:
    """The number in `1,200` or `2.5`."""
    return float(figures.replace(",", ""))


def normalise_tool(value: str) -> str | None:
    """The product's name without articles, lower-case, so that spellings count as one."""
    name = _TOOL_FILLERS.sub("", value.strip()).strip(" .,;:!?").lower()
    return re.sub(r"\s+", " ", name) or None
