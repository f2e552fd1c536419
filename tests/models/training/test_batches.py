import random
from collections.abc import Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.corpus import parse_corpus  # noqa: E402 (torch may be absent)
from models.decisions import LabelLayout  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.batches import TrainingBatch, make_batches  # noqa: E402
from models.training.examples import make_talk  # noqa: E402
from models.training.options import load_options  # noqa: E402
from models.training.soft_targets import NO_TARGETS, SoftTargets, make_key  # noqa: E402
from models.windows import CLS, MARKERS, load_tokenizer  # noqa: E402

LAYOUT = LabelLayout(("pain_point/tools", "persona_trait/tool"))
LINES = [
    "@ id=a family=f register=chat industry=x product=y buyer=company",
    "R What do you use?",
    "C We're on Sage, it's slow. ## t:tool=Sage; p:tools",
    "+ Go on.",
]
PLAIN = {"noise_share": 0.0, "mask_share": 0.0, "hidden_share": 0.0}


def _batch(
    seed: int = 1,
    layout: LabelLayout = LAYOUT,
    lines: Sequence[str] = LINES,
    soft_targets: SoftTargets = NO_TARGETS,
    **changed: float,
) -> TrainingBatch:
    options = load_options().model_copy(update=PLAIN | changed)
    (batch,) = make_batches(
        [make_talk(conversation, soft_targets) for conversation in parse_corpus(lines)],
        load_tokenizer(ARTIFACTS / "encoder_tokenizer.json"),
        layout,
        options,
        random.Random(seed),  # noqa: S311 (no secret)
    )
    return batch


def test_a_kind_holds_where_one_of_its_types_does() -> None:
    batch = _batch()
    assert batch.kinds.tolist() == [[0, 0], [1, 1], [0, 0]]
    assert batch.types.tolist() == [[0, 0], [1, 1], [0, 0]]


def test_the_types_of_a_kind_share_its_target() -> None:
    layout = LabelLayout(("pain_point/tools", "pain_point/time", "persona_trait/tool"))
    lines = [LINES[0], "C It's slow, old Sage, all day I wait. ## p:tools; p:time"]
    assert _batch(layout=layout, lines=lines).types.tolist() == [[0.5, 0.5, 0]]


def test_the_teachers_word_is_blended_in_but_for_types_of_kinds_that_are_not_there() -> None:
    key = make_key("a", 1, "We're on Sage, it's slow.")
    row = np.array([204, 51, 255, 255], dtype=np.uint8)  # 0.8, 0.2; 1, 1
    lines = [*LINES[:2], "C We're on Sage, it's slow. ## p:tools"]
    batch = _batch(soft_targets=SoftTargets({key: row}), lines=lines, teacher_share=0.5)
    assert batch.kinds[1].tolist() == pytest.approx([0.9, 0.1])
    assert batch.types[1].tolist() == pytest.approx([1.0, 0.0])


def test_sentences_stand_one_after_the_other_behind_their_markers() -> None:
    batch = _batch()
    assert batch.ids[0, 0] == CLS
    spoken = batch.ids[0, batch.markers]
    assert spoken.tolist() == [MARKERS[role] for role in ("rep", "customer", "customer")]
    assert torch.allclose(batch.spread.sum(dim=1), torch.ones(3))
    assert bool(batch.mask.all())


def test_value_tokens_are_marked_and_count_only_in_their_sentence() -> None:
    batch = _batch()
    assert batch.values.sum() == 1.0
    own = batch.spread[1] > 0
    assert batch.value_weights[own].sum() == own.sum() - 1  # all but the marker
    assert batch.value_weights[~own].sum() == 0


def test_where_speakers_are_hidden_markers_do_not_tell_them() -> None:
    batch = _batch(hidden_share=1.0)
    assert set(batch.ids[0, batch.markers].tolist()) == {MARKERS["unknown"]}


def test_the_reps_sentences_count_little() -> None:
    assert _batch().weights.tolist() == pytest.approx([load_options().rep_weight, 1, 1])


def test_the_same_seed_gives_the_same_batches() -> None:
    noisy = {"noise_share": 1.0, "mask_share": 0.3}
    assert torch.equal(_batch(3, **noisy).ids, _batch(3, **noisy).ids)
