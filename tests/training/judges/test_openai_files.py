"""OpenAI's files are found without importing their package, and told from what merely has its name."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from app.problems import UserError
from app.training.judges import openai_files
from app.training.judges.openai_files import MODEL, TOKENIZER, WORDS, folder


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place that is searched first, with an empty package `clip`."""
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "__init__.py").write_text("raise SystemExit('this must never run')")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "clip"


def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)


def test_the_files_are_loaded_and_the_package_is_not() -> None:
    code = (
        "import sys; from app.training.judges import openai_files as f; f.model_code().CLIP; "
        "assert len(f.tokenizer().encoder) == 49408; "
        "assert not {'clip', 'torchvision', 'pkg_resources'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3])


def test_the_tokenizer_is_made_once() -> None:
    assert openai_files.tokenizer() is openai_files.tokenizer()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"openai-clip, which is not installed; run: pip install 'clavilux\[clip\]'"):
        folder()


def test_another_package_of_that_name_is_told_apart(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    not_installed(monkeypatch)
    with pytest.raises(UserError, match=r"clip: this 'clip' is not OpenAI's; run: pip uninstall clip"):
        folder()


def test_a_single_file_of_that_name_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.py").write_text("raise SystemExit('this must never run')")
    monkeypatch.syspath_prepend(tmp_path)
    not_installed(monkeypatch)
    with pytest.raises(UserError, match=r"clip\.py: this 'clip' is not OpenAI's"):
        folder()


@pytest.mark.parametrize("gone", [TOKENIZER, WORDS])
def test_a_missing_file_is_named(elsewhere: Path, gone: str) -> None:
    for name in {MODEL, TOKENIZER, WORDS} - {gone}:
        (elsewhere / name).write_text("")
    with pytest.raises(UserError, match=f"{gone}: missing from the package openai-clip.*--force-reinstall"):
        folder()


def test_another_word_list_is_refused(elsewhere: Path) -> None:
    for name in (MODEL, TOKENIZER, WORDS):
        (elsewhere / name).write_text("")
    with pytest.raises(UserError, match="not OpenAI's word list"):
        folder()


def test_a_package_the_tokenizer_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    openai_files.tokenizer.cache_clear()
    monkeypatch.delitem(sys.modules, "_openai_clip_simple_tokenizer", raising=False)
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(UserError, match="needs 'ftfy', which is not installed"):
        openai_files.tokenizer()
