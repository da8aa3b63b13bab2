"""The shape of the code: who may import what, how long things may get, what importing costs."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
MODULES = sorted(APP.rglob("*.py"))
GL = {"moderngl", "glfw", "imgui_bundle"}
PURE = [
    "app.audio.ring", "app.audio.source", "app.audio.features", "app.modulation.routes", "app.cppn.inputs",
    "app.cppn.arch", "app.cppn.reference", "app.cppn.glsl", "app.params", "app.preset", "app.style", "app.clock",
]  # fmt: skip
HEAVY = {"torch", "av", "sounddevice", "soxr", "scipy", "llvmlite", "clip", "open_clip"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> set[str]:
    """Return the modules a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def functions() -> Iterator[tuple[str, int]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                first = node.body[0]
                doc = ast.get_docstring(node, clean=False) is not None
                start = (first.end_lineno or first.lineno) + 1 if doc else first.lineno
                yield f"{name_of(path)}.{node.name}", max(1, (node.end_lineno or start) - start + 1)


def test_gl_stays_in_render_output_and_ui() -> None:
    allowed = (
        "app.render",
        "app.output",
        "app.ui",
        "app.live",
        "app.controls",
        "app.sideshow",
        "app.commands",
        "app.training",
    )
    users = [name_of(path) for path in MODULES if roots(path) & GL]
    assert [name for name in users if not name.startswith(allowed)] == []


def test_torch_stays_where_networks_are_computed() -> None:
    allowed = {"app.cppn.net", "app.cppn.seed_file", "app.render.cpu_backend", "app.render.cuda_backend"}
    users = {name_of(path) for path in MODULES if "torch" in roots(path)}
    checks = {"app.commands.bench", "app.commands.doctor"}
    assert {name for name in users - allowed - checks if not name.startswith("app.training")} == set()


def test_nobody_imports_the_composition_root() -> None:
    for path in MODULES:
        if name_of(path).startswith("app.commands") or name_of(path) == "app.__main__":
            continue
        assert not imports(path) & {"app.live", "app.cli"}, path


def test_panels_never_touch_a_backend_or_a_source_directly() -> None:
    for path in (APP / "ui" / "panels").glob("*.py"):
        used = {name for name in imports(path) if name.startswith("app.")}
        assert not {name for name in used if name.startswith(("app.live", "app.render.cpu", "app.render.glsl"))}, path


@pytest.mark.parametrize("modules", [[*PURE, "app.cli"], ["app.live", "app.render.glsl_backend"]], ids=["pure", "live"])
def test_importing_stays_light(modules: list[str]) -> None:
    code = f"import sys, {', '.join(modules)}; print('\\n'.join({{m.partition('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    heavy = set(loaded.stdout.split()) & (HEAVY | (GL if modules != ["app.live", "app.render.glsl_backend"] else set()))
    assert heavy == set()


def test_every_module_says_what_it_is() -> None:
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


def test_modules_and_functions_stay_small() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 360} == {}
    sizes = dict(functions())
    assert {name: size for name, size in sizes.items() if size > 40} == {}
    assert statistics.median(sizes.values()) < 10
    print(f"{len(lengths)} modules, median {statistics.median(lengths.values()):.0f} lines; "
          f"{len(sizes)} functions, median {statistics.median(sizes.values()):.0f} lines")  # fmt: skip


def test_only_the_guard_catches_everything() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        allowed = {"app.problems": 1, "app.render.surface": 1}.get(name_of(path), 0)
        assert text.count("except Exception") == allowed, path
        assert "except:" not in text, path


def test_what_ships_names_no_machine_of_ours() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".sh", ".fs", ".frag", ".txt"} or path.name == "Makefile":
            text = path.read_text("utf-8")
            assert "/wo" + "rk/" not in text and "../sha" + "red" not in text, name
