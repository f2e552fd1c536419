"""Words of a theme: `content_words` of a text and the `distinctive_words` of a theme."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_](?:[\w'’]*\w)?")
TAG = re.compile(r"\[[A-Z][A-Z0-9_ -]*\]|<[A-Z][A-Z0-9_ -]*>|\{[A-Z][A-Z0-9_ -]*\}")
MAX_WORDS_KEPT = 80

FUNCTION_WORDS = frozenset(
    """a about above across after again all almost also although always am among an and another any
    anyone anything are aren't around as at away back be because been before being below between
    both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down
    during each either else enough even ever every everyone everything few first for from further
    get gets getting give given go goes going gone gonna got had hadn't has hasn't have haven't
    having he her here hers herself him himself his how however i i'd i'll i'm i've if in into is
    isn't it it'd it'll it's its itself just keep last least less let let's like lot made make makes
    many may maybe me might mine more most much must my myself need needs neither never next no none
    nor not now of off often on once one ones only onto or other others our ours ourselves out over
    own per perhaps please put quite rather really right said same say says see seem seems shall she
    should shouldn't since so some someone something sometimes still such sure take taken tell than
    that that's the their theirs them themselves then there there's these they they'd they'll
    they're they've thing things think this those though through to today together too toward
    trying two under until up upon us use used using very want wants was wasn't way we we'd we'll
    we're we've well were weren't what what's when where where's whether which while who whole whom
    whose why will with within without won't would wouldn't yet you you'd you'll you're you've your
    yours yourself""".split()  # noqa: SIM905 two hundred words read better so
)
FILLERS = frozenset(
    """ah alright anyway basically bye er erm guys hello hey hi hmm huh literally mhm mm nah nope
    oh ok okay right so thank thanks uh uhm um well yeah yep yes yup""".split()  # noqa: SIM905 as above
)


def content_words(text: str) -> tuple[str, ...]:
    """The distinct words of `text` that carry meaning, lower case, sorted; tags left out."""
    words = {word.replace("’", "'") for word in WORD.findall(TAG.sub(" ", text).lower())}
    return tuple(sorted(word for word in words if is_content(word)))


def is_content(word: str) -> bool:
    """Whether a lower-case word is neither grammar nor filler nor a single letter."""
    return len(word) > 1 and word not in FUNCTION_WORDS and word not in FILLERS


def count_words(texts: Iterable[str], known: Mapping[str, int] | None = None) -> dict[str, int]:
    """In how many texts each word occurs, added to `known`; the most frequent are kept."""
    counts = Counter(dict(known or {}))
    for text in texts:
        counts.update(content_words(text))
    return keep_most(counts)


def uncount_words(texts: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """`known` without the words of `texts`; words whose count falls to 0 go."""
    counts = Counter(dict(known))
    for text in texts:
        counts.subtract(word for word in content_words(text) if word in known)
    return keep_most(counts)


def keep_most(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent words with a count above 0, most frequent first."""
    positive = [pair for pair in counts.items() if pair[1] > 0]
    return dict(sorted(positive, key=lambda pair: (-pair[1], pair[0]))[:MAX_WORDS_KEPT])


@dataclass(frozen=True, slots=True)
class Background:
    """In how many mentions each word occurs over `n_themes` themes of one scope."""

    counts: Mapping[str, int]
    n_themes: int


def gather_background(words: Iterable[Mapping[str, int]]) -> Background:
    """The background that the word counts of themes make together."""
    counts: Counter[str] = Counter()
    n_themes = 0
    for theme in words:
        counts.update(theme)
        n_themes += 1
    return Background(counts, n_themes)


def weigh_words(words: Mapping[str, int], background: Background) -> dict[str, float]:
    """How distinctive each word is: class-based TF-IDF (Grootendorst 2022)."""
    average = sum(background.counts.values()) / max(background.n_themes, 1)
    own = sum(words.values()) or 1
    return {
        word: count / own * math.log1p(average / max(background.counts.get(word, 0), 1))
        for word, count in words.items()
    }


def distinctive_words(
    words: Mapping[str, int], background: Background, *, n: int = 5
) -> tuple[str, ...]:
    """The `n` most distinctive words that more than one member holds, where there are such."""
    weights = weigh_words(words, background)
    shared = {word for word, count in words.items() if count > 1} or set(words)
    ranked = sorted(shared, key=lambda word: (-weights[word], word))
    return tuple(ranked[:n])
