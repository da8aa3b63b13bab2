"""`clavilux styles` and `clavilux bench`: what they print can be read by a program."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from app import paths
from app.commands import bench
from app.commands.styles import styles
from app.cppn.arch import Arch
from app.cppn.init import random_style

SHIPPED = [path.stem for path in paths.shipped("styles").glob("*.safetensors")]


def test_styles_as_json_and_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    (paths.data("styles") / "broken.safetensors").write_bytes(b"x")
    styles(as_json=True)
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == {*SHIPPED, "broken"}
    assert rows["cosmic_space"]["width"] == 64
    assert rows["cosmic_space"]["problem"] == ""
    assert "truncated" in rows["broken"]["problem"]
    styles(as_json=False)
    assert "cannot be used" in capsys.readouterr().out


def test_bench_writes_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def case(_: ExitStack) -> list[bench.Row]:
        slow, quick = (lambda n=n: sum(range(n)) for n in (200_000, 20))
        return bench.race("sums", [bench.Contestant("seed", "int", slow), bench.Contestant("cpu", "int", quick)])

    monkeypatch.setattr(bench, "CASES", {"sums": case})
    bench.bench(tmp_path / "out.json")
    first, second = json.loads((tmp_path / "out.json").read_text())
    assert (first["backend"], first["baseline"]) == ("seed", "")
    assert second["baseline"] == "seed"
    assert second["ratio"] == pytest.approx(first["ms_median"] / second["ms_median"])
    assert "sums" in capsys.readouterr().out


def test_all_contestants_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZE_PX", (16, 9))
    style = random_style(1, Arch(width=8, depth=1))
    with ExitStack() as stack:
        assert bench.seed_method(style, (16, 9), torch.float32)() is not None
        bench.painter(stack, style, (16, 9)).run()
        bench.shader(stack, bench._context(stack), style, (16, 9))()
