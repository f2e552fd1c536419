from pathlib import Path

import numpy as np
import pytest

from models.training.soft_targets import load_soft_targets, make_key, save_soft_targets


def test_what_was_kept_is_found_by_conversation_place_and_text(tmp_path: Path) -> None:
    path = tmp_path / "targets.npz"
    save_soft_targets({make_key("a", 2, "It's dear."): np.array([0.25, 1.0], np.float32)}, path)
    targets = load_soft_targets(path)
    assert targets.find("a", 2, "It's dear.") == pytest.approx((0.25, 1.0), abs=1 / 255)
    for other in (("b", 2, "It's dear."), ("a", 3, "It's dear."), ("a", 2, "It's cheap.")):
        assert targets.find(*other) is None
