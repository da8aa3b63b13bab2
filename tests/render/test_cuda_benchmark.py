"""The benchmark of the CUDA backend without a GPU: every part finds its words, and none that breaks ends the report."""

from pathlib import Path

import pytest

pytest.importorskip("cuda.bindings")

from app.cppn import cuda, cuda_build
from app.cppn.arch import Arch
from app.render import cuda_backend, cuda_painter
from benchmarks import cuda as benchmark
from benchmarks import cuda_parts, cuda_rivals
from tests.render.fake_cuda import FakeDriver


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    """A GPU that draws nothing, at once, and is believed."""
    fake = FakeDriver()
    fake.install(monkeypatch)
    monkeypatch.setattr(FakeDriver, "_cuLaunchKernel", lambda *arguments: None)
    monkeypatch.setattr(cuda_build, "build", lambda source, architecture: f".entry {cuda.ENTRY}".encode() + b"\0")
    monkeypatch.setattr(cuda_build, "compile_source", lambda source, architecture: (b"", cuda_build.Report(200, 0)))
    monkeypatch.setattr(cuda_painter.Painter, "_proof", lambda painter: (60.0, 1.0))
    monkeypatch.setattr(cuda_backend, "gl_devices", lambda api, info: [0])
    monkeypatch.setattr(cuda_parts, "driver", lambda: fake)
    monkeypatch.setattr(cuda_parts, "SIZES", dict.fromkeys(cuda_parts.SIZES, (16, 9)))
    monkeypatch.setattr(cuda_parts, "LEAST", 2)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(cuda_parts, "NETS", [Arch(width=16, depth=2)])
    for module in (cuda_parts, cuda_rivals):
        monkeypatch.setattr(module, "SECONDS", 0.0)
        monkeypatch.setattr(module, "torch_missing", lambda: "no torch here")
    return fake


SAID = {
    "machine": "compute capability 8.9",
    "set_up": "kernels compiled",
    "kernel_alone": "| 4K | FP16 | 0.188",
    "whole_frames": "Pretend GPU",
    "thumbnails": "8 styles of one kernel",
    "fades": "| 4K | 0.188 (0.188–0.188) | 0.188",
    "shipped": "| ember_flames | FP16 |",
    "growth": "sin 2 × 16",
    "counters": "Not installed",
    "two_pictures": "",
}


@pytest.mark.parametrize("part", cuda_parts.PARTS)
def test_every_part_has_something_to_say(
    part: str, gpu: FakeDriver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cuda_parts", part])
    assert cuda_parts.main() == 0
    said = capsys.readouterr().out
    assert SAID.get(part, f"- {part}: no torch here") in said
    assert not gpu.alive["context"]


MODULES = {
    "fine": "print('| 1 |')",
    "claimless": "print('p99 9'); raise SystemExit(1)",
    "broken": "print('half'); import nothing_like_it",
    "crashed": "import os, signal; print('begun', flush=True); os.kill(os.getpid(), signal.SIGSEGV)",
    "hung": "import subprocess, time; print('so far', flush=True); subprocess.run(['sleep', '60'])",
    "late": "",
}
REPORT = """
## fine

| 1 |

## claimless

```
p99 9
```

## broken

half

Not measured to the end (broken): ModuleNotFoundError: No module named 'nothing_like_it'

## crashed

begun

Not measured to the end (crashed): ended by SIGSEGV

## hung

so far

Not measured to the end (hung): took longer than 1 s

## late

Left out (late): the time was up.
"""


def test_what_breaks_is_a_line_of_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    paper = benchmark.Paper(tmp_path / "results" / "report.md")
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
        part = benchmark.Part(f"## {name}", (name,), 1.0 if name == "hung" else 60.0, quoted=name == "claimless")
        benchmark.report(paper, part, 0.0 if name == "late" else 60.0)
    assert paper.path.read_text("utf-8") == REPORT


def test_the_parts_that_are_run_are_there() -> None:
    ours = [part.words[1] for part in benchmark.PARTS if part.words[0] == "benchmarks.cuda_parts"]
    assert {*ours, "two_pictures"} == set(cuda_parts.PARTS), "all but what the profiler watches"
    assert all(Path(part.words[0].replace(".", "/") + ".py").is_file() for part in benchmark.PARTS[:4])
