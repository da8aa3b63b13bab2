"""Writes docs/keys.md from the table of keys; a test says when it has to be run again.

Usage, from the folder of the repository: python -m scripts.write_keys
"""

from pathlib import Path

from app.ui.panels.key_card import page

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keys.md"

if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
