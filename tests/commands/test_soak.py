"""The soak: it plays, counts, judges, and leaves nothing behind."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.commands import soak
from app.commands.soak import Soak

from .conftest import Clavilux


@pytest.mark.parametrize("chaos", [False, True])
def test_a_short_soak_measures_and_passes(
    clavilux: Clavilux, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, chaos: bool
) -> None:
    monkeypatch.setattr(soak, "ACT_SECONDS", 0.1)
    monkeypatch.setattr(soak, "PICTURE_PX", (64, 36))
    report = tmp_path / "soak.json"
    ended = clavilux("soak", "--minutes", "0.08", "--report", str(report), *(["--chaos"] if chaos else []))
    figures = json.loads(report.read_text())
    assert ended.code == 0, ended.out
    assert ended.out.startswith("passed: ")
    assert figures["passed"]
    assert figures["frames"] > 0
    assert sum(figures["acts"].values()) > 0
    assert figures["empty_pictures"] == 0
    assert len(figures["memory_mb"]) == len(figures["gl_objects"]) >= 1
    assert os.environ["CLAVILUX_HOME"] == str(home)
    assert not (home / "sets").exists(), "nothing of the user's is touched"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"memory_growth_share": 0.2, "seconds": 900.0}, "memory changed by 20.0%"),
        ({"gl_growth_share": -0.1}, "GL objects changed by -10.0%"),
        ({"empty_pictures": 3}, "3 pictures were all black or all white"),
        ({"relaunch_failures": ["a relaunch took 7.0 s"]}, "a relaunch took 7.0 s"),
    ],
)
def test_what_must_not_be_is_named(changes: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "is_software", lambda _: True)
    good: dict[str, Any] = {"seconds": 900.0, "memory_growth_share": 0.0, "gl_growth_share": 0.0, "empty_pictures": 0,
                            "frame_ms": {"budget": 16.7, "p99": 99.0}}  # fmt: skip

    class Judge(Soak):
        def __init__(self) -> None:
            self._session: Any = type("Session", (), {"controls": None, "surface": type("S", (), {"ctx": None})})

    assert Judge().failures(good) == []
    assert Judge().failures(good | changes) == [words]
