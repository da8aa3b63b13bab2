"""Outputs to other programs, against imitations of their libraries with the calls and arguments of the real ones."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.clock import Frame
from app.output import courier
from app.output.feeds import Feeds
from app.problems import Problems
from app.render.target import Target

Install = Callable[..., None]
SIZE_PX = (64, 64)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a module in place of a library."""

    def put(name: str, **contents: object) -> None:
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)

    return put


@pytest.fixture
def feeds(ctx: moderngl.Context, problems: Problems) -> Iterator[Feeds]:
    made = Feeds(ctx, problems, lambda: ((65, 65), 30.0))
    yield made
    made.close()
    made.close()


def show(feeds: Feeds, image: Target, frames: int = 5) -> None:
    """Pass one picture several times: orange below, blue above."""
    image.framebuffer.clear(1.0, 0.5, 0.0, 0.25)
    image.framebuffer.clear(0.0, 0.0, 1.0, 0.25, viewport=(0, SIZE_PX[1] // 2, SIZE_PX[0], SIZE_PX[1] // 2))
    for index in range(frames):
        feeds.send(image, Frame(index, index / 30, 1 / 30))


def wait(condition: Callable[[], object]) -> None:
    for _ in range(10_000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


class FakeCamera:
    """pyvirtualcam.Camera."""

    made: "FakeCamera"
    fails = ""

    def __init__(self, width: int, height: int, fps: float, *, fmt: str) -> None:
        if FakeCamera.fails == "open":
            raise RuntimeError("No v4l2 loopback device found.\nDid you run 'modprobe v4l2loopback'?")
        self.given = (width, height, fps, fmt)
        self.device = "/dev/video9"
        self.sent: list[NDArray[np.uint8]] = []
        self.closed = False
        FakeCamera.made = self

    def send(self, frame: NDArray[np.uint8]) -> None:
        if FakeCamera.fails == "send":
            raise OSError("the camera is gone")
        if FakeCamera.fails == "changed":
            raise TypeError("send() takes another argument now")
        assert frame.flags["C_CONTIGUOUS"]
        self.sent.append(frame.copy())

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def camera(install: Install, monkeypatch: pytest.MonkeyPatch) -> type[FakeCamera]:
    install("pyvirtualcam", Camera=FakeCamera, PixelFormat=SimpleNamespace(RGB="rgb"))
    monkeypatch.setattr(FakeCamera, "fails", "")
    return FakeCamera


def test_what_is_absent_is_listed_with_the_line_that_installs_it(
    feeds: Feeds, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("app.output.feeds.find_spec", lambda name: None)
    assert {entry.name: entry.missing for entry in feeds.entries} == {
        "camera": 'pip install "clavilux[camera]"',
        "ndi": 'pip install "clavilux[ndi]"',
        "spout": 'pip install "clavilux[spout]"',
        "syphon": "only on macOS",
    }
    feeds.toggle("ndi")
    assert feeds.where("ndi") is None
    assert [problem.text for problem in problems] == ['NDI: pip install "clavilux[ndi]"']


def test_a_camera_gets_the_picture_upright_without_alpha(
    feeds: Feeds, camera: type[FakeCamera], image: Target, problems: Problems
) -> None:
    feeds.toggle("camera")
    wait(lambda: feeds.where("camera"))
    show(feeds, image)
    wait(lambda: camera.made.sent)
    made, picture = camera.made, camera.made.sent[0]
    assert (made.given, feeds.where("camera")) == ((64, 64, 30.0, "rgb"), "/dev/video9")
    assert picture.shape == (64, 64, 3)
    assert np.abs(picture[0].astype(int) - (0, 0, 255)).max() <= 4
    assert np.abs(picture[-1].astype(int) - (255, 128, 0)).max() <= 4
    feeds.toggle("camera")
    wait(lambda: made.closed)
    assert (feeds.where("camera"), list(problems)) == (None, [])


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("open", "Virtual camera: No v4l2 loopback device found. Did you run 'modprobe v4l2loopback'?"),
        ("send", "Virtual camera: the camera is gone"),
        ("changed", "Virtual camera: its library failed"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_camera_that_fails_is_switched_off_and_says_why(
    feeds: Feeds, camera: type[FakeCamera], image: Target, problems: Problems, when: str, said: str
) -> None:
    camera.fails = when
    feeds.toggle("camera")

    def off() -> bool:
        show(feeds, image, 1)
        return feeds.where("camera") is None

    wait(off)
    assert [problem.text for problem in problems] == [said]


def test_a_library_that_hangs_does_not_hold_the_show(
    feeds: Feeds, camera: type[FakeCamera], image: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeCamera, "send", lambda self, frame: time.sleep(0.5))
    monkeypatch.setattr("app.output.courier.CLOSE_SECONDS", 0.01)
    feeds.toggle("camera")
    wait(lambda: feeds.where("camera"))
    show(feeds, image, 30)
    assert feeds._running["camera"].dropped > 20  # type: ignore[attr-defined]


def test_switching_a_feed_off_waits_for_nothing_and_on_again_begins_when_it_is_closed(
    feeds: Feeds, camera: type[FakeCamera], monkeypatch: pytest.MonkeyPatch
) -> None:
    courier.wait()  # for those of other tests
    closing = threading.Event()
    opened: list[FakeCamera] = []
    begin, end = FakeCamera.__init__, FakeCamera.close

    def open_one(self: FakeCamera, *given: Any, **more: Any) -> None:
        assert all(made.closed for made in opened), "the camera is still taken"
        opened.append(self)
        begin(self, *given, **more)

    def close_slowly(self: FakeCamera) -> None:
        closing.wait(30.0)
        end(self)

    monkeypatch.setattr(FakeCamera, "__init__", open_one)
    monkeypatch.setattr(FakeCamera, "close", close_slowly)
    monkeypatch.setattr("app.output.courier.CLOSE_SECONDS", 30.0)
    feeds.toggle("camera")
    wait(lambda: feeds.where("camera"))
    feeds.toggle("camera")
    feeds.toggle("camera")
    assert not opened[0].closed
    closing.set()
    wait(lambda: feeds.where("camera"))
    assert len(opened) == 2


class FakeSender:
    """cyndilib.sender.Sender."""

    made: "FakeSender"

    def __init__(self, ndi_name: str, clock_video: bool) -> None:
        self.name, self.clock_video = f"VM ({ndi_name})", clock_video
        self.frame: Any = None
        self.state = "new"
        self.sent: list[NDArray[np.uint8]] = []
        FakeSender.made = self

    def set_video_frame(self, frame: object) -> None:
        assert self.state == "new"
        self.frame = frame

    def open(self) -> None:
        self.state = "open"

    def write_video(self, data: NDArray[np.uint8]) -> bool:
        assert data.ndim == 1 and data.flags["C_CONTIGUOUS"]
        self.sent.append(data.copy())
        return True

    def close(self) -> None:
        self.state = "closed"


class FakeVideoFrame:
    """cyndilib.video_frame.VideoSendFrame."""

    def __init__(self) -> None:
        self.set: dict[str, object] = {}

    def set_resolution(self, width: int, height: int) -> None:
        self.set["resolution"] = (width, height)

    def set_frame_rate(self, rate: Fraction) -> None:
        assert isinstance(rate, Fraction)
        self.set["rate"] = rate

    def set_fourcc(self, code: str) -> None:
        self.set["code"] = code


def test_ndi_gets_the_picture_upright_as_rgbx(feeds: Feeds, install: Install, image: Target) -> None:
    install("cyndilib")
    install("cyndilib.wrapper")
    install("cyndilib.sender", Sender=FakeSender)
    install("cyndilib.video_frame", VideoSendFrame=FakeVideoFrame)
    install("cyndilib.wrapper.ndi_structs", FourCC=SimpleNamespace(RGBX="rgbx"))
    feeds.toggle("ndi")
    wait(lambda: feeds.where("ndi"))
    show(feeds, image)
    wait(lambda: FakeSender.made.sent)
    made = FakeSender.made
    picture = made.sent[0].reshape(64, 64, 4)
    assert made.frame.set == {"resolution": (64, 64), "rate": Fraction(30), "code": "rgbx"}
    assert (feeds.where("ndi"), made.clock_video) == ("VM (Clavilux)", False)
    assert np.abs(picture[0, :, :3].astype(int) - (0, 0, 255)).max() <= 4
    feeds.toggle("ndi")
    wait(lambda: made.state == "closed")


class FakeSpout:
    """SpoutGL.SpoutSender."""

    works = True
    calls: list[tuple[object, ...]]

    def __init__(self) -> None:
        FakeSpout.calls = []

    def setSenderName(self, name: str) -> None:  # noqa: N802 - the library's name
        self.calls.append(("name", name))

    def sendTexture(self, *given: object) -> bool:  # noqa: N802 - the library's name
        self.calls.append(("send", *given))
        return FakeSpout.works

    def releaseSender(self) -> None:  # noqa: N802 - the library's name
        self.calls.append(("release",))


def test_spout_shares_the_texture_turned_over(
    feeds: Feeds, install: Install, image: Target, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    install("SpoutGL", SpoutSender=FakeSpout)
    feeds.toggle("spout")
    show(feeds, image, 1)
    monkeypatch.setattr(FakeSpout, "works", False)
    show(feeds, image, 2)
    feeds.toggle("spout")
    sent = ("send", image.texture.glo, 0x0DE1, 64, 64, True, 0)
    assert FakeSpout.calls == [("name", "Clavilux"), sent, sent, sent, ("release",)]
    assert [(problem.count, problem.text.startswith("Spout: ")) for problem in problems] == [(2, True)]


class FakeServer:
    """syphon.SyphonOpenGLServer."""

    calls: list[tuple[object, ...]]

    def __init__(self, name: str) -> None:
        FakeServer.calls = [("name", name)]

    def publish_frame_texture(self, texture: int, region: None = None, size: object = None) -> None:
        self.calls.append(("publish", texture, size))

    def stop(self) -> None:
        self.calls.append(("stop",))


def test_syphon_shares_the_texture(
    feeds: Feeds, install: Install, image: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    install("syphon", SyphonOpenGLServer=FakeServer)
    feeds.toggle("syphon")
    show(feeds, image, 1)
    feeds.close()
    assert FakeServer.calls == [("name", "Clavilux"), ("publish", image.texture.glo, (64, 64)), ("stop",)]
