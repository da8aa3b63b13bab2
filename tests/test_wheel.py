"""The wheel carries everything it needs: built, unpacked elsewhere, and used from there."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_wheel_runs_without_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        names = archive.namelist()
    assert not [name for name in names if name.startswith(("tests/", "shared/")) or "__pycache__" in name]
    env = os.environ | {"PYTHONPATH": str(site), "CLAVILUX_HOME": str(tmp_path / "home")}
    env.pop("DISPLAY", None)

    def clavilux(*arguments: str) -> str:
        command = [sys.executable, "-m", "app", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    shipped = {path.stem for path in (ROOT / "styles").glob("*.safetensors")}
    assert {style["name"] for style in json.loads(clavilux("styles", "--json"))} == shipped
    clavilux("--headless", "--seconds", "1", "--window", "64x36", "--fps", "5", "--report", "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["frames"] > 0
