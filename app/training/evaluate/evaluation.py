"""An evaluation: every measurement of a style, next to those of the others in the same run. Main thread; minutes.

Draws, judges and measures; reads no file and writes none.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from app.style import Header, Style
from app.training.evaluate.diversity import Diversity, diversity
from app.training.evaluate.eye import STILL_PX, Eye, Vectors
from app.training.evaluate.frames import Brush, Film, draw, greyscale, moments, spread
from app.training.evaluate.looks import looks
from app.training.evaluate.motion import across, flicker, motion, reaction
from app.training.evaluate.parity import fp16_parity
from app.training.evaluate.report import Evaluation, Report, Verdict, precision
from app.training.evaluate.scores import Seen, baits, resembles, scores
from app.training.evaluate.speed import speeds
from app.training.evaluate.tracks import Track
from app.training.judges.judge import JUDGES, SHA_TOLD, JudgeInfo

STILLS = 24
FILM_PX = (160, 90)
FOOLED_GUIDE_Z, FOOLED_JUDGE_Z = 3.0, 1.0
"""A guide this sure beside a judge this unsure: the style pleases the guide by what nobody else sees."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A style to evaluate, and its file."""

    style: Style
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """What to measure with: the judge, tracks, the mixed prompt list, the baits.

    `guide`: who trained the styles, where at hand. `backends` False leaves speed out. `stills` over all tracks.
    """

    eye: Eye
    tracks: tuple[Track, ...]
    prompts: tuple[str, ...]
    baits: tuple[str, ...] = ()
    guide: Eye | None = None
    machine: str = ""
    backends: bool = True
    stills: int = STILLS


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A style's pictures at some of the exam's moments, and what the judge makes of them in colour and without."""

    style: Style
    stills: Film
    colour: Vectors
    grey: Vectors

    def at(self, chosen: Sequence[int]) -> "_Drawn":
        """Return some of the pictures."""
        return _Drawn(self.style, self.stills[chosen], self.colour[chosen], self.grey[chosen])


def guides(header: Header) -> tuple[str, ...]:
    """Return the names of the judges that a style's header says it was trained by."""
    return tuple(word for word in _words(header.judge) if word in JUDGES)


def credited(credit: str, info: JudgeInfo) -> bool:
    """Whether a header's line about judges names this one, or one of other name with the same weights."""
    return bool({info.name, info.sha256[:SHA_TOLD]} & set(_words(credit)))


def _words(credit: str) -> list[str]:
    return re.split(r"[^\w-]+", credit)


def evaluate(
    exam: Exam, entries: Sequence[Entry], others: Sequence[Style] = (), step: Callable[[], None] = lambda: None
) -> Report:
    """Measure all of `entries`; `others` only serve as a null. Calls `step` twice for each entry, once for each other.

    `UserError` where there is no OpenGL at all (flashes are counted on it).
    """
    drawn: list[_Drawn] = []
    rest: list[_Drawn] = []
    for style, into in [*((entry.style, drawn) for entry in entries), *((style, rest) for style in others)]:
        into.append(_drawn(exam, style))
        step()
    evaluations = []
    for entry, own in zip(entries, drawn, strict=True):
        foreign = [each for each in (*drawn, *rest) if each.style.header.prompts != entry.style.header.prompts]
        evaluations.append(_evaluation(exam, entry, own, foreign))
        step()
    return Report(
        machine=exam.machine,
        judge=exam.eye.judge.info,
        tracks=tuple(track.name for track in exam.tracks),
        evaluations=tuple(evaluations),
        diversity=tuple(_families(drawn)),
        precision=precision([verdict for each in evaluations for verdict in each.verdicts]),
    )


def _drawn(exam: Exam, style: Style) -> _Drawn:
    stills = draw(style, spread(exam.tracks, exam.stills), STILL_PX)
    return _Drawn(style, stills, exam.eye.pictures(stills), exam.eye.pictures(greyscale(stills)))


def _evaluation(exam: Exam, entry: Entry, own: _Drawn, foreign: Sequence[_Drawn]) -> Evaluation:
    style, when = entry.style, spread(exam.tracks, exam.stills)
    seen = _seen(exam.eye, own, foreign, grey=False)
    with Brush(style) as brush:
        films = [brush.film(moments(track), FILM_PX) for track in exam.tracks]
        small = partial(brush.draw, size_px=FILM_PX)
        trembling, answer = flicker(small, when[::3]), reaction(small, when[::6], style.arch.inputs)
    return Evaluation(
        name=style.name,
        file=str(entry.path),
        bytes=entry.path.stat().st_size,
        parameters=style.arch.parameter_count,
        guide=style.header.judge,
        chosen=credited(style.header.held_out, exam.eye.judge.info),
        header=style.header,
        verdicts=tuple(_verdict(exam, words, own.at(part), foreign) for words, part in _parts(exam, style)),
        resembles=resembles(exam.eye, seen, exam.prompts),
        baits=baits(exam.eye, seen, exam.baits),
        looks=looks(own.stills),
        motion=tuple(motion(track.name, film) for track, film in zip(exam.tracks, films, strict=True)),
        across_tracks=across(films),
        flicker=trembling,
        reaction=answer,
        fp16=fp16_parity(style, when[::8]),
        speed=speeds(style) if exam.backends else (),
    )


def _parts(exam: Exam, style: Style) -> Iterator[tuple[str, list[int]]]:
    """Yield each prompt with the indices of the stills it is judged by: of two prompts, calm ones and loud ones."""
    when = spread(exam.tracks, exam.stills)
    by_loudness = sorted(range(len(when)), key=lambda i: when[i].loudness)
    half = len(when) // 2
    halves = (by_loudness[:half], by_loudness[half:]) if half else (by_loudness, by_loudness)
    two = len(style.header.prompts) == 2
    for number, prompt in enumerate(style.header.prompts):
        yield prompt, halves[number] if two else by_loudness


def _seen(eye: Eye, own: _Drawn, foreign: Sequence[_Drawn], *, grey: bool) -> Seen:
    vectors = own.grey if grey else own.colour
    means = [(each.grey if grey else each.colour).mean(axis=0) for each in foreign]
    others = np.stack(means) if means else np.zeros((0, vectors.shape[1]))
    return Seen(vectors, eye.random(own.style, grey=grey), others)


def _verdict(exam: Exam, prompt: str, own: _Drawn, foreign: Sequence[_Drawn]) -> Verdict:
    eye = exam.eye
    colour, grey = (scores(eye, _seen(eye, own, foreign, grey=grey), prompt, exam.prompts) for grey in (False, True))
    guide_z = None if exam.guide is None else _guide_z(exam.guide, own, prompt)
    fooled = guide_z is not None and guide_z >= FOOLED_GUIDE_Z and colour.random.z < FOOLED_JUDGE_Z
    return Verdict(prompt, eye.judge.unknown_words(prompt), colour, grey, guide_z, fooled)


def _guide_z(guide: Eye, own: _Drawn, prompt: str) -> float:
    vectors = guide.pictures(own.stills)
    seen = Seen(vectors, guide.random(own.style, grey=False), np.zeros((0, vectors.shape[1])))
    return scores(guide, seen, prompt, ()).random.z


def _families(drawn: Sequence[_Drawn]) -> Iterator[Diversity]:
    """Yield the diversity of every group of styles that share their prompts."""
    groups: dict[tuple[str, ...], list[_Drawn]] = {}
    for each in drawn:
        if each.style.header.prompts:
            groups.setdefault(each.style.header.prompts, []).append(each)
    for words, group in groups.items():
        if len(group) > 1:
            names = [each.style.name for each in group]
            vectors, stills = [each.colour for each in group], [each.stills for each in group]
            yield diversity(" / ".join(words), names, vectors, stills)
