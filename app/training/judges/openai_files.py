"""Finds OpenAI's own CLIP code, model.py, simple_tokenizer.py and its word list, in the PyPI package openai-clip.

Any process. The package itself is never imported: its clip.py needs torchvision and pkg_resources. Its two useful
files are loaded by their location. Another package named `clip` on PyPI is about something else: told apart here.
"""

import hashlib
import importlib.util
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from app.problems import UserError

MODEL, TOKENIZER, WORDS = "model.py", "simple_tokenizer.py", "bpe_simple_vocab_16e6.txt.gz"
WORDS_SHA256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
INSTALL = "pip install 'clavilux[clip]'"


def folder() -> Path:
    """Return the folder of the three files, all there and the word list unharmed. `UserError` says what to install."""
    spec = importlib.util.find_spec("clip")
    if spec is None:
        raise UserError(f"OpenAI's CLIP judges need the package openai-clip, which is not installed; run: {INSTALL}")
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    root = next((place for place in places if (place / MODEL).is_file()), None)
    if root is None and not _installed():
        where = places[0] if places else spec.origin
        raise UserError(f"{where}: this 'clip' is not OpenAI's; run: pip uninstall clip, then: {INSTALL}")
    return _complete(root or places[0])


def model_code() -> ModuleType:
    """Return OpenAI's model.py as a module."""
    return _load(folder() / MODEL)


@cache
def tokenizer() -> Any:
    """Return OpenAI's tokenizer: `encode(text)` gives a list of ids. Takes a fifth of a second, once."""
    root = folder()
    try:
        module = _load(root / TOKENIZER)
    except ModuleNotFoundError as error:
        raise UserError(f"OpenAI's tokenizer needs '{error.name}', which is not installed; run: {INSTALL}") from None
    return module.SimpleTokenizer(str(root / WORDS))


def _installed() -> bool:
    try:
        metadata.version("openai-clip")
    except metadata.PackageNotFoundError:
        return False
    return True


def _complete(root: Path) -> Path:
    repair = "run: pip install --force-reinstall openai-clip"
    for name in (MODEL, TOKENIZER, WORDS):
        if not (root / name).is_file():
            raise UserError(f"{root / name}: missing from the package openai-clip; {repair}")
    if hashlib.sha256((root / WORDS).read_bytes()).hexdigest() != WORDS_SHA256:
        raise UserError(f"{root / WORDS}: not OpenAI's word list (its SHA-256 differs); {repair}")
    return root


def _load(path: Path) -> ModuleType:
    """Load one file as a module of its own name, once."""
    name = f"_openai_clip_{path.stem}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path):
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path}: cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module
