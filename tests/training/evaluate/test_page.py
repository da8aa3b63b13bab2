"""The page: one file, no network, nothing of a stranger's in it but text."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import style as styles
from app.problems import UserError
from app.training.evaluate.evaluation import Entry, Exam, evaluate
from app.training.evaluate.eye import Eye
from app.training.evaluate.frames import Brush, spread
from app.training.evaluate.page import build, charts, media, read
from app.training.evaluate.report import Report
from app.training.evaluate.tracks import Track

from .conftest import ColourJudge, small_style

WICKED = "<script>alert('</script>')</script> & red fire"
VOID = {"meta", "img", "br", "link", "line", "rect", "polyline"}


class Page(HTMLParser):
    """Checks nesting and remembers tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def ids(self) -> set[str]:
        return {attributes["id"] or "" for _, attributes in self.tags if "id" in attributes}


Build = Callable[..., tuple[str, Page, Report]]


@pytest.fixture
def built(judge: ColourJudge, track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setattr(build, "VIDEO_PX", (64, 36))
    monkeypatch.setattr(build, "STILL_PX", (64, 36))

    def make(page: build.Page | None = None, prompts: tuple[str, ...] = ("blue waves", WICKED)) -> Any:
        style = small_style(name="sea & sky", prompts=prompts, judge="builtin")
        path = tmp_path / "sea.safetensors"
        styles.save(style, path)
        path.with_name("sea.history.json").write_text(json.dumps([[0, 20, 18, 1], [10, 25, None, 1], [20, 30, 22, 1]]))
        entry, exam = (
            Entry(style, path),
            Exam(Eye(judge, spread([track], 2), nets=2), (track,), ("red", "blue"), stills=2),
        )
        report = evaluate(exam, [entry])
        build.write(page or build.Page(tmp_path / "page", None, {}), report, [entry], (track,), lambda: None)
        text = (tmp_path / "page" / build.NAME).read_text("utf-8")
        return text, Page(text), report

    return make


def test_the_page_parses_and_needs_no_network(built: Build) -> None:
    text, page, _ = built()
    for tag, attributes in page.tags:
        for name in ("src", "href", "poster", "action", "data"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, name)
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", re.sub(r"[A-Za-z0-9+/=]{200,}", "", text))
    assert "@import" not in text and "default-src 'none'" in text
    for _, attributes in page.tags:  # every tab leads somewhere
        for name in ("aria-controls", "data-video"):
            assert (attributes.get(name) or "video-0-0") in page.ids()


def test_what_a_stranger_wrote_stays_text(built: Build) -> None:
    text, page, _ = built()
    assert "alert('" not in "".join(re.findall(r"<script>(.*?)</script>", text, re.DOTALL))
    assert any(WICKED in said for said in page.text)
    (data,) = re.findall(r'id="page-data">(.*?)</script>', text, re.DOTALL)
    assert [item["prompt"] for item in json.loads(data)["items"]] == ["blue waves", WICKED]
    assert "sea & sky" in page.text


def test_every_part_is_there(built: Build, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(
        json.dumps(
            {"title": "128 or 256", "rows": [{"variant": v, "figures": {"fps": n}} for n in (1, 3) for v in "ab"]}
        )
    )
    (tmp_path / "r.json").write_text(json.dumps({"ratings": [{"style": "sea & sky", "grey": True, "rating": 4}]}))
    page = build.check(tmp_path / "page", tmp_path / "c.json", [tmp_path / "r.json", tmp_path / "r.json"])
    assert page is not None and page.comparison is not None
    assert page.comparison.variants["a"]["fps"] == read.Figure(2, 2**0.5, 2)
    text, parsed, _ = built(page)
    assert {"styles", "videos", "scores", "behaviour", "training", "comparison", "rate"} < parsed.ids()
    assert "4 of 5 (2)" in parsed.text
    assert "128 or 256" in parsed.text
    assert text.count("<polyline") == 2


def test_an_untrained_style_has_nothing_to_rate(built: Build) -> None:
    _, page, report = built(prompts=())
    assert "rate" not in page.ids()
    assert report.evaluations[0].verdicts == ()
    assert report.evaluations[0].resembles


def test_a_video_has_picture_and_sound(track: Track, tmp_path: Path) -> None:
    import av

    with Brush(small_style()) as brush:
        (tmp_path / "v.mp4").write_bytes(media.video(brush, track, (64, 36)))
    with av.open(str(tmp_path / "v.mp4")) as video:
        assert [stream.type for stream in video.streams] == ["video", "audio"]
        assert sum(1 for _ in video.decode(video=0)) == 15


def test_a_jpeg_is_the_picture() -> None:
    import io

    from PIL import Image

    picture = np.zeros((16, 32, 3), np.uint8) + np.array([200, 40, 90], np.uint8)
    found = np.asarray(Image.open(io.BytesIO(media.jpeg(picture))).convert("RGB"), int)
    assert found.shape == picture.shape
    assert np.abs(found - picture).max() < 8


def test_lines_need_two_points() -> None:
    assert charts.lines("x", [charts.Line("a", ((0, 1),), "a")], "steps") == ""
    Page(charts.lines("<x>", [charts.Line("a & b", ((0, 1), (5, 1)), "a")], "steps"))


@pytest.mark.parametrize(
    "content", ["", "[", "{}", "[1]", '[["x", 1, 2]]', '[{"step": 1, "guide": NaN}]', "[" * 100_000, '"text"', "3"]
)
def test_a_history_that_makes_no_sense_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.history.json").write_text(content)
    assert read.history(tmp_path / "a.safetensors") == ()


def test_both_forms_of_a_history(tmp_path: Path) -> None:
    points = [{"step": 1, "guide": 20.5, "held_out": None}, [2, None, 18]]
    (tmp_path / "a.history.json").write_text(json.dumps({"history": points}))
    assert read.history(tmp_path / "a.safetensors") == ((1, 20.5, None), (2, None, 18.0))


@pytest.mark.parametrize(
    ("reader", "content", "words"),
    [
        (read.comparison, "{}", "not a comparison"),
        (read.comparison, "nonsense", "is no JSON"),
        (read.comparison, '{"title": "x", "rows": [{"variant": 1, "figures": {"a": "b"}}]}', "not a comparison"),
        (read.comparison, None, "cannot be read"),
        (lambda path: read.ratings([path]), '{"ratings": [{"style": "a"}]}', "not ratings"),
        (lambda path: read.ratings([path]), '{"ratings": [{"style": "a", "grey": false, "rating": 9}]}', "from 1 to 5"),
        (lambda path: read.ratings([path]), "[]", "not ratings"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, reader: Callable[[Path], Any], content: str | None, words: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=words) as refused:
        reader(path)
    assert str(path) in str(refused.value)
