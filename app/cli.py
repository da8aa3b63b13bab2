"""The command line: parses, checks, and calls the body of each verb. No work happens here.

Every mistake a person can make ends in one line on stderr and exit code 2.
"""

import contextlib
import logging
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app import __version__
from app.cppn.arch import ACTIVATIONS
from app.problems import UserError
from app.render.saving import SAVINGS

STARTED_SECONDS = time.perf_counter()
BACKEND_NAMES = ("auto", "cpu", "cuda", "glsl")


class DefaultRun(click.Group):
    """`clavilux --fullscreen` means `clavilux run --fullscreen`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front where no command is named."""
        first = args[0] if args else ""
        if not first or (first.startswith("-") and first not in ("--help", "-h", "--version")):
            args = ["run", *args]
        elif first not in self.commands and Path(first).is_file():
            raise click.UsageError(f"'{first}' is no command; to play it: clavilux --file {shlex.quote(first)}")
        return super().parse_args(ctx, args)


@click.group(cls=DefaultRun, context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110})
@click.version_option(__version__, prog_name="clavilux")
def cli() -> None:
    """Clavilux: live visuals, drawn by a small neural network that listens to music.

    Without a command it opens the window (`run`).
    """


PATH: Any = click.Path(path_type=Path)


@cli.command()
@click.option("--source", type=click.Choice(["demo", "device", "file"]), help="What to listen to.")
@click.option("--file", "file", type=PATH, help="Sound file to play (implies --source file).")
@click.option("--device", help="Input or monitor by name (implies --source device).")
@click.option("--style", default="", help="Style by name or .safetensors/.pth file.")
@click.option("--preset", default="", help="Preset by name or .yaml file.")
@click.option("--show", type=PATH, metavar="FILE", help="Show file (.clavilux) to open, and to keep; new if not there.")
@click.option("--safe", is_flag=True, help="Defaults only: no effects, no MIDI or OSC, no show, nothing resumed.")
@click.option("--backend", type=click.Choice(BACKEND_NAMES), default="auto", help="What draws the network.")
@click.option("--fps", type=float, help="Target frame rate.")
@click.option("--window", default="1280x720", metavar="WxH", help="Window size.")
@click.option("--fullscreen", is_flag=True, help="Cover the monitor.")
@click.option("--output-display", default="", metavar="NAME", help="Clean output, full screen on this display.")
@click.option("--headless", is_flag=True, help="Open no window.")
@click.option("--osc", type=int, metavar="PORT", help="Listen to OSC messages.")
@click.option("--osc-bind", default="127.0.0.1", metavar="ADDRESS", help="Where from: 0.0.0.0 = the whole network.")
@click.option("--remote", type=int, metavar="PORT", help="Serve a remote to phones nearby, with a PIN.")
@click.option("--midi", multiple=True, metavar="NAME", help="Only this controller, by a part of its name (repeatable).")
@click.option("--delay", type=float, default=0.0, metavar="MS", help="Picture later: far or wireless speakers.")
@click.option("--advance-bars", type=float, metavar="N", help="The next look comes by itself every N bars.")
@click.option("--seconds", type=float, help="End after so long.")
@click.option("--screenshot", type=PATH, metavar="PNG", help="Save the last frame, panels included, and end.")
@click.option("--record", type=PATH, metavar="OUT", help="Record from the first frame.")
@click.option("--report", type=PATH, metavar="JSON", help="Write figures of the run.")
def run(**options: Any) -> None:
    """Open the window and play."""
    from app.commands.run import run as body

    body(started_seconds=STARTED_SECONDS, **options)


@cli.command()
@click.argument("audio", type=PATH)
@click.argument("out", type=PATH)
@click.option("--style", default="", help="Style by name or file; without one a random style from --seed.")
@click.option("--load-weights", type=PATH, metavar="FILE", help="Style from a .safetensors or .pth file.")
@click.option("--preset", default="", help="Preset by name or .yaml file.")
@click.option("--resolution", default="720p", help="720p, 1080p, 4k or WxH.")
@click.option("--fps", type=float, default=30.0, show_default=True)
@click.option("--seconds", type=float, help="Only the beginning.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Random style where none is named."
)
@click.option("--backend", type=click.Choice(BACKEND_NAMES), default="auto")
@click.option("--saving", type=click.Choice(SAVINGS), default="off", help="Cheaper pixels, less sharp.")
@click.option("--report", type=PATH, metavar="JSON", help="Write figures of the run.")
def render(**options: Any) -> None:
    """Render a sound file to a video, every frame at its exact time."""
    from app.commands.render import render as body

    body(started_seconds=STARTED_SECONDS, **options)


@cli.command()
@click.argument("set_log", metavar="SET", type=PATH)
@click.argument("out", type=PATH)
@click.option("--resolution", help="720p, 1080p, 4k or WxH; else as it was played.")
@click.option("--supersample", type=click.IntRange(1, 8), default=1, show_default=True, help="Draw finer, then shrink.")
@click.option("--audio", type=PATH, metavar="FILE", help="Sound for the video, from its beginning.")
@click.option("--fps", type=float, help="Frames a second; else as it was played.")
@click.option("--backend", type=click.Choice(BACKEND_NAMES), default="auto")
@click.option("--report", type=PATH, metavar="JSON", help="Write figures of the run.")
def replay(**options: Any) -> None:
    """Render a logged set again, at any size: the same performance, frame by frame."""
    from app.commands.replay import replay as body

    body(**options)


@cli.command()
@click.argument("audio", type=PATH)
@click.option("--json", "json_out", type=PATH, required=True, metavar="OUT", help="Where to write them.")
def features(audio: Path, json_out: Path) -> None:
    """Write what is heard in a sound file: features, tempo, beats."""
    from app.commands.features import features as body

    body(audio, json_out)


@cli.command()
@click.argument("action", type=click.Choice(["check", "import"]), required=False)
@click.argument("files", nargs=-1, type=PATH)
@click.option("--json", "as_json", is_flag=True)
def effects(action: str | None, files: Sequence[Path], as_json: bool) -> None:
    """List the effects, check that ISF files compile and draw, or import files and folders of them."""
    from app.commands import effects as body

    if action is None:
        body.list_effects(as_json)
    elif action == "import":
        sys.exit(body.bring_in(list(files)))
    else:
        sys.exit(body.check(list(files), as_json))


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def styles(as_json: bool) -> None:
    """List the styles."""
    from app.commands.styles import styles as body

    body(as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def devices(as_json: bool) -> None:
    """List sound inputs, monitors and outputs."""
    from app.commands.devices import devices as body

    body(as_json)


@cli.command()
@click.argument("action", type=click.Choice(["list"]), default="list")
@click.option("--json", "as_json", is_flag=True)
def midi(action: str, as_json: bool) -> None:  # noqa: ARG001 - there is one action so far
    """List MIDI controllers and what they are bound to."""
    from app.commands.control import list_midi

    list_midi(as_json)


@cli.command()
@click.argument("action", type=click.Choice(["list"]), default="list")
@click.option("--json", "as_json", is_flag=True)
def osc(action: str, as_json: bool) -> None:  # noqa: ARG001 - there is one action so far
    """List the OSC addresses."""
    from app.commands.control import list_osc

    list_osc(as_json)


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Say what works here, what is missing and how to get it."""
    from app.commands.doctor import doctor as body

    sys.exit(body(as_json))


@cli.command()
@click.option("--minutes", type=click.FloatRange(min=0.01, max=10_080), default=30.0, show_default=True)
@click.option("--chaos", is_flag=True, help="Also floods, broken files, lost devices, kill and relaunch.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another order of changes.")
@click.option("--report", type=PATH, metavar="JSON", help="Write everything that was measured.")
def soak(minutes: float, chaos: bool, seed: int, report: Path | None) -> None:
    """Play with random changes for a long time; fails if anything leaks, drops or dies."""
    from app.commands.soak import soak as body

    sys.exit(body(minutes, chaos, seed, report))


@cli.command()
@click.option("--json", "json_out", type=PATH, metavar="OUT", help="Also write the figures.")
def bench(json_out: Path | None) -> None:
    """Measure this machine: backends against the baseline, side by side."""
    from app.commands.bench import bench as body

    body(json_out)


@cli.command()
@click.argument("styles", nargs=-1)
@click.option("--judge", default="builtin-witness", show_default=True, help="Who judges; not who trained the styles.")
@click.option("--judge-weights", type=PATH, metavar="FILE", help="Use this file instead of a download.")
@click.option("--allow-same-judge", is_flag=True, help="Let a judge judge what it trained.")
@click.option("--prompts", type=PATH, metavar="FILE", help="Prompts to rank among, one a line.")
@click.option("--audio", type=PATH, multiple=True, metavar="FILE", help="Music to draw on (repeatable); else the demo.")
@click.option("--json", "json_out", type=PATH, metavar="OUT", help="Write all figures.")
@click.option("--html", type=PATH, metavar="DIR", help="Write a page with pictures and videos that needs no network.")
@click.option("--comparison", type=PATH, metavar="FILE", help="Show benchmarks/architecture on the page.")
@click.option("--ratings", type=PATH, multiple=True, metavar="FILE", help="Show people's ratings (repeatable).")
def evaluate(styles: Sequence[str], **options: Any) -> None:
    """Measure styles: a judge's scores against chance, motion, looks, speed. Without a name: all of them."""
    from app.commands.evaluate import evaluation

    evaluation(styles, **options)


class Spoken(logging.Handler):
    """Tells the problems of a running show as they come."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line to stderr; where it takes nothing (a full disk, a terminal that is gone) the show goes on."""
        with contextlib.suppress(OSError):
            say(record.getMessage())


def say(text: str) -> None:
    """Write one line to stderr, whatever is in `text`."""
    click.echo(f"clavilux: {' '.join(text.split())}", err=True)


@cli.command()
@click.argument("prompt", default="")
@click.option("--avoid", default="", metavar="WORDS", help="What it should not look like.")
@click.option("--image", type=PATH, metavar="FILE", help="A picture to go by, alone or with the prompt.")
@click.option("--loud", default="", metavar="PROMPT", help="What it becomes when the music is loud.")
@click.option("--output", "-o", default="", metavar="NAME", help="Name of the style.")
@click.option("--judge", help="Who guides: see `clavilux judge list`.  [default: builtin]")
@click.option("--held-out", help="Who keeps the best, and never guides.  [default: builtin-witness]")
@click.option("--allow-same-judge", is_flag=True, help="Let the guide judge itself.")
@click.option("--hidden-dim", type=click.IntRange(8, 256), help="Width of the network.  [default: 128]")
@click.option("--layers", type=click.IntRange(1, 8), help="Its depth.  [default: 4]")
@click.option("--activation", type=click.Choice(ACTIVATIONS), help="Its activation.  [default: sin]")
@click.option("--steps", type=click.IntRange(1, 100000), help="Steps of training.")
@click.option("--resolution", default="", metavar="H,H…", help="Heights over the run: see docs/training.md.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="The same seed gives the same style.  [default: 0]")
@click.option(
    "--experiment",
    type=PATH,
    multiple=True,
    metavar="YAML",
    help="An experiment instead of a prompt (repeatable, merged in order); - reads it from stdin; options change it.",
)
@click.option("--audio", type=PATH, metavar="FILE", help="Practise on this sound instead of invented ones.")
@click.option("--judge-weights", type=PATH, metavar="FILE", help="The guide's weights, where there is no internet.")
@click.option("--out-dir", type=PATH, metavar="DIR", help="Where the style goes; your own styles without it.")
@click.option("--report", type=PATH, metavar="JSON", help="Write figures of the run.")
def train(**options: Any) -> None:
    """Train a style from words: clavilux train "flowing organic blue patterns"."""
    from app.commands.train import Order
    from app.commands.train import train as body

    body(Order(**options))


@cli.group()
def judge() -> None:
    """Make and ask the judges that styles are trained with."""


@judge.command(name="list")
def judge_list() -> None:
    """Name every judge."""
    from app.commands.judge import listing as body

    body()


@judge.command(name="train")
@click.argument("kind", type=click.Choice(["guide", "witness"]))
@click.option("--minutes", type=click.FloatRange(min=0.01), default=55.0, show_default=True, help="Time to learn.")
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True, help="Steps at most.")
@click.option("--pictures", type=click.IntRange(min=512), default=48000, show_default=True, help="Practice pictures.")
@click.option("--seed", type=int, help="Another start than the shipped judge's.")
@click.option("--start", type=PATH, metavar="FILE", help="Go on from these weights instead of chance.")
@click.option("--out", type=PATH, metavar="FILE", help="Where to write; the shipped file without it.")
def judge_train(**options: Any) -> None:
    """Teach a built-in judge: about an hour on one core."""
    from app.commands.judge import train as body

    body(**options)


@judge.command(name="ceiling")
@click.argument("kind", type=click.Choice(["guide", "witness"]))
@click.option("--minutes", type=click.FloatRange(min=0.01), default=55.0, show_default=True, help="Of one processor.")
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True, help="Steps at most.")
@click.option("--pictures", type=click.IntRange(min=512), default=48000, show_default=True, help="Practice pictures.")
@click.option("--weights", type=PATH, metavar="FILE", help="The judge whose card is added to; else the shipped one.")
def judge_ceiling(**options: Any) -> None:
    """Teach a classifier of a judge's size: the ceiling on its card."""
    from app.commands.judge import ceiling as body

    body(**options)


@judge.command(name="card")
@click.argument("kind", type=click.Choice(["guide", "witness"]))
def judge_card(kind: str) -> None:
    """Print a built-in judge's model card."""
    from app.commands.judge import card as body

    body(kind)


@judge.command(name="score")
@click.argument("picture", type=PATH)
@click.argument("texts", nargs=-1)
@click.option("--judge", "name", default="builtin", show_default=True, help="Which judge.")
@click.option("--judge-weights", type=PATH, metavar="FILE", help="Its weights, where they are not in the usual place.")
def judge_score(picture: Path, texts: tuple[str, ...], name: str, judge_weights: Path | None) -> None:
    """Say how similar a PICTURE is to each of TEXTS."""
    from app.commands.judge import score as body

    body(picture, texts, name, judge_weights)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; a `UserError`, or a file the system refuses, is one line on stderr and exit code 2."""
    logging.getLogger("clavilux").handlers = [Spoken()]
    try:
        cli.main(arguments, prog_name="clavilux", standalone_mode=False)
    except (UserError, OSError) as error:
        say(str(error))
        sys.exit(2)
    except click.ClickException as error:
        say(error.format_message())
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
