"""What speakers are called once their names are gone, and the names that a label holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from core.vocabulary import Conversation, Role
from pipeline.redaction.lexicon import Lexicon, find_words, word_set

_SEPARATORS = re.compile(r"[()\[\]–—|/:;,_]|\s-\s|\d+")
_LABEL_WORDS = word_set(
    "rep reps sales customer client prospect buyer caller agent speaker unknown participant"
    " host guest ae se sdr bdr csm vp cto ceo cfo coo cmo cio ciso manager director lead"
    " head engineer analyst owner president founder executive account attendee interviewer"
    " moderator user me you marketing operations revops mr mrs ms miss dr prof doctor of and"
    " the for jr sr ii iii phd mba van von der den de la di da del bin al el person name"
    " team support service legal counsel security product finance it hr person_name"
    " automated system recording bot"
)


def label_speakers(conversation: Conversation) -> dict[str, str]:
    """Label by name as it stands: `rep 1`, `customer 1`, `speaker 1`, in order of appearance.

    A participant whose name equals a speaker's, or whose first name alone is the speaker's, gets
    the same label. A name that is empty has none.
    """
    votes: dict[str, Counter[Role]] = {}
    person_of: dict[str, str] = {}
    for name, role in _names_and_roles(conversation):
        person = person_of.setdefault(name, _same_person(name, votes))
        votes.setdefault(person, Counter())[role] += 1
    n_labels: Counter[str] = Counter()
    labels = {person: _next_label(_commonest(roles), n_labels) for person, roles in votes.items()}
    return {name: labels[person] for name, person in person_of.items()}


def _names_and_roles(conversation: Conversation) -> Iterator[tuple[str, Role]]:
    """Every name with its role: those of the turns in order, then those of the participants."""
    everyone = [
        *((turn.speaker, turn.role) for turn in conversation.turns),
        *((participant.name, participant.role) for participant in conversation.participants),
    ]
    return (each for each in everyone if each[0].strip())


def _same_person(name: str, people: Iterable[str]) -> str:
    """The first of the people whom the name means as well, or else the name."""
    words = name.casefold().split()
    for person in people:
        others = person.casefold().split()
        if words == others or (min(len(words), len(others)) == 1 and words[0] == others[0]):
            return person
    return name


def _commonest(roles: Counter[Role]) -> Role:
    """The commonest role that is known; the rep's on a draw."""
    known = [(roles[role], role) for role in (Role.REP, Role.CUSTOMER) if roles[role]]
    return max(known, key=lambda each: each[0])[1] if known else Role.UNKNOWN


def _next_label(role: Role, n_labels: Counter[str]) -> str:
    """The next label of a role."""
    word = "speaker" if role is Role.UNKNOWN else role.value
    n_labels[word] += 1
    return f"{word} {n_labels[word]}"


def person_names(label: str, lexicon: Lexicon) -> list[tuple[str, ...]]:
    """The names that a speaker's or participant's label holds, each as lower-case words.

    `Prospect (Priya Nair – RevOps Director)` holds one; `Sales Rep`, `Speaker 2`, `Duration` none.
    """
    found = (tuple(_name_words(part)) for part in _SEPARATORS.split(label))
    return [words for words in found if words and _is_name(words, lexicon)]


def _name_words(part: str) -> Iterator[str]:
    """The words of a part of a label that may belong to a name."""
    return (
        word.lower
        for word in find_words(part)
        if len(word.text) > 1 and word.lower not in _LABEL_WORDS
    )


def _is_name(words: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Whether the words read like a person's name rather than a title or a heading."""
    first = words[0]
    if len(words) > 4:
        return False
    if lexicon.is_first_name(first):
        return True
    unknown = [not lexicon.is_word(word) for word in words]
    return unknown[0] or (len(words) > 1 and unknown[-1])


def names_of(labels: Iterable[str], lexicon: Lexicon) -> set[tuple[str, ...]]:
    """All names that the labels hold."""
    return {name for label in labels for name in person_names(label, lexicon)}
