"""The page's parts for the eye: gallery, videos, curves, comparison, rating. Pure text, all of it escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from app.training.evaluate.page import charts
from app.training.evaluate.page.read import Comparison, Point, Rated, Ratings
from app.training.evaluate.page.tables import mark, table
from app.training.evaluate.report import Evaluation, Report


def gallery(report: Report, stills: Mapping[str, Sequence[str]], ratings: Ratings) -> str:
    """Return a card for each style; `stills`: addresses of its pictures, the first one large."""
    cards = (_card(each, stills[each.name], ratings) for each in report.evaluations)
    return f'<div class="grid">{"".join(cards)}</div>'


def _card(each: Evaluation, stills: Sequence[str], ratings: Ratings) -> str:
    large, *small = (f'<img src="{address}" alt="{escape(each.name)}" loading="lazy">' for address in stills)
    words = " / ".join(each.header.prompts) or "untrained"
    return (
        f'<article class="card">{large}<div class="strip">{"".join(small)}</div><div class="inner">'
        f'<h3>{escape(each.name)}</h3><p class="prompt">{escape(words)}</p>{charts.hues(each.looks.hues)}'
        f'<div class="chips">{"".join(_chips(each, ratings))}</div></div></article>'
    )


def _chips(each: Evaluation, ratings: Ratings) -> list[str]:
    chips = [_chip(f"trained by {each.guide}", "")] if each.guide else []
    chips += [_chip("kept at this judge's choice", "")] if each.chosen else []
    for verdict in each.verdicts:
        chips.append(_chip(f"z {verdict.colour.random.z:+.1f}", mark(verdict.colour.random.z > 2)))
        fixed = verdict.colour.palette_fixed
        if fixed:
            chips.append(_chip(f"form {fixed.rank} of {fixed.prompts}", mark(fixed.rank == 1)))
        if verdict.collapsed:
            chips.append(_chip("fools its guide", "bad"))
        chips += [_chip(f"unknown word: {word}", "bad") for word in verdict.unknown]
    for grey in (False, True):
        rated = ratings.get((each.name, grey))
        if rated:
            chips.append(_chip(f"people{' (grey)' if grey else ''}: {_rated(rated)}", ""))
    return chips


def _rated(rated: Rated) -> str:
    return f"{rated.median:g} of 5 ({rated.count})"


def _chip(text: str, kind: str) -> str:
    return f'<span class="chip {kind}">{escape(text)}</span>'


def videos(report: Report, posters: dict[str, str]) -> str:
    """Return a player for each style with a tab for each track; the videos themselves lie in the page by their ids."""
    players = []
    for number, each in enumerate(report.evaluations):
        choices = "".join(
            f'<button role="tab" data-video="{video_id(number, track)}">{escape(name)}</button>'
            for track, name in enumerate(report.tracks)
        )
        players.append(
            f'<article class="card" data-player><video controls loop playsinline preload="none" '
            f'poster="{posters[each.name]}"></video><div class="inner"><h3>{escape(each.name)}</h3>'
            f'<div class="tracks" role="tablist">{choices}</div></div></article>'
        )
    return f'<div class="grid">{"".join(players)}</div>'


def video_id(style: int, track: int) -> str:
    """Return the id of a video in the page."""
    return f"video-{style}-{track}"


def training(histories: dict[str, tuple[Point, ...]]) -> str:
    """Return the curves of guide and judge for each style that has a history beside it."""
    drawn = []
    for name, points in histories.items():
        guide = tuple((float(step), value) for step, value, _ in points if value is not None)
        judge = tuple((float(step), value) for step, _, value in points if value is not None)
        drawn.append(charts.lines(name, [charts.Line("guide", guide, "a"), charts.Line("judge", judge, "b")], "steps"))
    shown = "".join(drawn)
    return f'<p>Cosine × 100 over the steps of training.</p><div class="grid">{shown}</div>' if shown else ""


def comparison(found: Comparison) -> str:
    """Return variants side by side: mean ± standard deviation of every figure."""
    names = list(dict.fromkeys(name for figures in found.variants.values() for name in figures))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = (
        f"<tr><td>{escape(variant)}</td>{''.join(_figure(found, variant, name) for name in names)}</tr>"
        for variant in found.variants
    )
    return (
        f"<h2>{escape(found.title)}</h2><p>{escape(found.note)}</p><p>Mean ± standard deviation (count). Differences "
        f'within the spread mean nothing.</p><div class="wide"><table><thead><tr><th>variant</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _figure(found: Comparison, variant: str, name: str) -> str:
    figure = found.variants[variant].get(name)
    if figure is None:
        return "<td>–</td>"
    all_of_it = [figures[name] for figures in found.variants.values() if name in figures]
    drawn = charts.bar(figure.mean, figure.sd, max(each.mean + each.sd for each in all_of_it))
    return f"<td>{_short(figure.mean)} <small>± {_short(figure.sd, 2)} ({figure.count})</small>{drawn}</td>"


def _short(number: float, digits: int = 4) -> str:
    """Return a number with so many digits; a large one whole, as people write it."""
    return f"{number:,.0f}" if abs(number) >= 10**digits else f"{number:.{digits}g}"


def rating(report: Report, ratings: Ratings) -> str:
    """Return the page on which people score pictures without knowing what they are."""
    stars = "".join(f'<button data-stars="{n}">{n}</button>' for n in range(1, 6))
    ask = (
        "<p>How well does the picture show these words? 1 = not at all, 5 = just so. Keys 1 to 5 work, too. Names and "
        'scores are hidden; your answers stay in this browser until you export them.</p><div class="rate">'
        '<div id="rate-asking"><img id="rate-picture" alt="the picture to rate"><h2 id="rate-prompt"></h2>'
        f'<div class="stars">{stars}</div><p id="rate-place"></p></div>'
        '<p id="rate-done" hidden>That was all. Thank you!</p>'
        '<div class="actions"><button id="rate-grey" aria-pressed="false">Greyscale</button>'
        '<button id="rate-export">Export ratings</button><button id="rate-clear">Start again</button>'
        '<span id="rate-count"></span></div></div>'
    )
    rows = [
        (each.name, *(_rated(found) if (found := ratings.get((each.name, grey))) else "–" for grey in (False, True)))
        for each in report.evaluations
    ]
    said = (
        f"<h2>What people said</h2>{table(('style', 'colour, median', 'greyscale, median'), rows)}" if ratings else ""
    )
    return ask + said
