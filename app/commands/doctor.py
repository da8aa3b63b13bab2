"""`clavilux doctor`: what works here, what is missing, how to get it. Reads only; changes nothing."""

import importlib.util
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from app import paths
from app.problems import UserError

MARKS = {"ok": "✓", "limited": "·", "missing": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `status`: ok, limited (the show runs without it) or missing (it does not)."""

    name: str
    status: str
    detail: str
    fix: str = ""


def doctor(as_json: bool) -> int:
    """Print the findings; return 1 when something the show cannot do without is missing, else 0."""
    findings = list(_findings())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.status]} {finding.name:<14} {finding.detail}")
            if finding.fix:
                click.echo(f"  {'':<14} → {finding.fix}")
    return int(any(finding.status == "missing" for finding in findings))


def _findings() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for check in (_opengl, _processor, _display, _sound, _midi, _video, _network, _torch, _gpu, _folders):
        yield from check()


def _opengl() -> Iterator[Finding]:
    from app.render.software import is_software
    from app.render.surface import HeadlessSurface

    try:
        surface = HeadlessSurface((64, 64))
    except UserError as error:
        yield Finding("opengl", "missing", str(error), "Debian: apt install libegl1 libgl1-mesa-dri")
        return
    info = surface.ctx.info
    detail = f"{info['GL_RENDERER']} (OpenGL {info['GL_VERSION'].split()[0]})"
    if is_software(surface.ctx):
        yield Finding("opengl", "limited", detail, "runs on the processor: smaller pictures; a GPU driver lifts that")
    else:
        yield Finding("opengl", "ok", detail)
    surface.release()


def _processor() -> Iterator[Finding]:
    from app.cppn import llvm_jit

    try:
        machine = llvm_jit.host()
        yield Finding("processor", "ok", f"{machine.cpu}: styles are compiled for {machine.isa.name}")
    except llvm_jit.Refused as why:
        yield Finding("processor", "limited", str(why), "pip install llvmlite: drawing without a GPU gets 3 × as fast")


def _display() -> Iterator[Finding]:
    names = [name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if sys.platform == "linux" and not names:
        fix = "without one, `clavilux run` records a video instead"
        yield Finding("display", "limited", "none: neither DISPLAY nor WAYLAND_DISPLAY is set", fix)
    else:
        yield Finding("display", "ok", ", ".join(f"{name}={os.environ[name]}" for name in names) or "native")


def _sound() -> Iterator[Finding]:
    from app.audio.devices import list_devices

    try:
        devices = list_devices()
    except UserError as error:
        yield Finding("sound", "limited", str(error), "files and the demo still play, silently")
        return
    heard = [device.name for device in devices if device.kind != "output"]
    if heard:
        yield Finding("sound", "ok", f"{len(heard)} inputs: {', '.join(heard[:4])}{', …' if len(heard) > 4 else ''}")
    else:
        yield Finding("sound", "limited", "no sound inputs found", "plug one in or start the sound server")


def _midi() -> Iterator[Finding]:
    from app.control.rtmidi_system import RtMidi

    try:
        names = RtMidi().names()
    except UserError as error:
        yield Finding(
            "midi", "limited", str(error).removeprefix("no MIDI: "), "keys, the mouse and OSC play all the same"
        )
        return
    yield Finding("midi", "ok", ", ".join(names) or "no controller plugged in")


def _video() -> Iterator[Finding]:
    if importlib.util.find_spec("av") is None:
        yield Finding("video", "missing", "PyAV is not installed", "pip install av")
        return
    import av

    from app.output import codec

    wanted = {"libx264": "H.264", "aac": "AAC"}
    known = [text for name, text in wanted.items() if name in av.codecs_available]
    card = "NVENC" if codec.hardware() else "no NVENC: the processor encodes"
    yield Finding("video", "ok", ", ".join([*known, card]))


def _network() -> Iterator[Finding]:
    from app import style

    yield Finding("styles", "ok", f"{len(style.listing())} styles")


def _torch() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        fix = "pip install torch: styles in .pth files need it"
        yield Finding("torch", "limited", "not installed", fix)
        return
    from importlib.metadata import version

    yield Finding("torch", "ok", version("torch"))


def _gpu() -> Iterator[Finding]:
    from app.render import cuda_backend
    from app.render.surface import HeadlessSurface

    surface = None
    try:
        surface = HeadlessSurface((64, 64))
        name, refusal = cuda_backend.inspect(surface.ctx)
    except UserError as error:
        yield Finding("cuda", "limited", str(error).removeprefix("cuda: "), "OpenGL or the processor draws")
        return
    finally:
        if surface is not None:
            surface.release()
    if refusal:
        yield Finding("cuda", "limited", f"{name}: {refusal}", "pictures go through host memory, one frame later")
    else:
        yield Finding("cuda", "ok", f"{name}, shared with OpenGL; try `clavilux --backend cuda`")


def _folders() -> Iterator[Finding]:
    folders: dict[str, Callable[[], Path]] = {
        "styles": lambda: paths.data("styles"),
        "effects": lambda: paths.data("effects"),
        "sets": lambda: paths.data("sets"),
        "videos": paths.recordings,
    }
    for name, make in folders.items():
        folder = make()
        if folder.is_dir() and os.access(folder, os.W_OK):
            yield Finding(f"{name} folder", "ok", str(folder))
        else:
            fix = "set CLAVILUX_HOME to a folder you can write to"
            yield Finding(f"{name} folder", "limited", f"{folder} cannot be written", fix)
