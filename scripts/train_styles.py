"""Trains the shipped styles again from presets/experiments/: python scripts/train_styles.py [NAME…].

Each comes from `clavilux train --experiment`, as a user would train it; seeds make it the same on the same machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
EXPERIMENTS = ROOT / "presets" / "experiments"


def shipped() -> list[str]:
    """Return the names of the experiments that make shipped styles: those that name their author."""
    found = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(EXPERIMENTS.glob("*.yaml"))}
    return [name for name, data in found.items() if data.get("style", {}).get("author") == "Clavilux"]


def train(name: str) -> None:
    """Train one style and put it, with its history, in the place of the shipped one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "app", "train", "--experiment", str(EXPERIMENTS / f"{name}.yaml")]
        home = os.environ | {"CLAVILUX_HOME": folder}
        subprocess.run([*command, "--out-dir", folder], cwd=ROOT, check=True, env=home)
        for made in Path(folder).glob(f"{name}*"):
            suffix = "".join(made.suffixes)
            shutil.move(made, ROOT / "styles" / f"{name}{suffix}")
    history = ROOT / "styles" / f"{name}.history.json"  # the shipped style had its name, so it was given another
    history.write_text(history.read_text("utf-8").replace(f"{name}-2", name), "utf-8")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or shipped():
        train(wanted)
