"""The chain with tiny shaders: passes, buffers, uniforms, old GLSL, errors, reloading and leaks."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.preset import EffectUse, Preset
from app.problems import Problems, UserError
from app.render import effect_buffers, effect_workshop, gl_program, side_thread
from app.render.chain import Chain
from app.render.effect_workshop import Workshop
from app.render.isf import EffectFile
from app.render.isf_glsl import Sources, explain, translate
from app.render.library import Library
from app.render.target import Target

SIZE_PX = (32, 16)
IMAGE = {"NAME": "inputImage", "TYPE": "image"}
Pixels = NDArray[np.uint8]


class Stage:
    """A folder of effects, a test picture, and a chain that draws them."""

    def __init__(self, ctx: moderngl.Context, folder: Path, size_px: tuple[int, int] = SIZE_PX) -> None:
        self.folder = folder
        self.problems = Problems()
        self.library = Library([folder])
        self.chain = Chain(ctx, size_px, self.library, self.problems, datetime(2026, 3, 4, 1, 0, 5))
        self.image = Target(ctx, size_px)
        self.fill(0.5, 0.25, 0.75)
        self.features = Features()
        self.waveform: NDArray[np.float32] | None = None
        self.frame = Frame(0, 0.0, 0.0)

    def fill(self, red: float, green: float, blue: float) -> None:
        self.image.framebuffer.clear(color=(red, green, blue, 1.0))

    def write(self, name: str, body: str, header: dict[str, Any] | None = None, vertex: str = "") -> Path:
        path = self.folder / f"{name}.fs"
        before = path.stat().st_mtime_ns if path.exists() else 0
        text = {"INPUTS": [IMAGE]} | (header or {})
        path.write_text(f"/*{json.dumps(text)}*/\n{body}", encoding="utf-8")
        if vertex:
            path.with_suffix(".vs").write_text(vertex, encoding="utf-8")
        os.utime(path, ns=(before + 10**9, before + 10**9))
        self.library.reload()
        return path

    def apply(self, *uses: EffectUse | str, seconds: float | None = None, **values: float) -> Target:
        preset = Preset(effects=[EffectUse(effect=use) if isinstance(use, str) else use for use in uses])
        if seconds is not None:
            self.frame = replace(self.frame, seconds=seconds)
        named = {name.replace("__", "."): value for name, value in values.items()}
        result = self.chain.apply(
            self.image,
            preset.effects,
            preset.effect_keys(),
            Values(named, (), 0.0),
            self.frame,
            self.features,
            self.waveform,
        )
        self.frame = Frame(self.frame.index + 1, self.frame.seconds + 0.1, 0.1)
        return result

    def draw(self, *uses: EffectUse | str, seconds: float | None = None, **values: float) -> Pixels:
        return self.apply(*uses, seconds=seconds, **values).read()

    def middle(self, *uses: EffectUse | str, seconds: float | None = None, **values: float) -> list[int]:
        pixels = self.draw(*uses, seconds=seconds, **values)
        return [int(value) for value in pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]]

    def said(self) -> list[str]:
        return [problem.text for problem in self.problems]

    def release(self) -> None:
        self.chain.release()
        self.image.release()


@pytest.fixture
def stage(ctx: moderngl.Context, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(ctx, tmp_path)
    yield stage
    stage.release()


def near(a: list[int], *b: float) -> bool:
    return all(abs(x - y * 255) <= 1.5 for x, y in zip(a, (*b, 1.0), strict=True))


INVERT = "void main() { gl_FragColor = vec4(1.0 - IMG_THIS_PIXEL(inputImage).rgb, 1.0); }"


def test_nothing_to_do_returns_the_very_picture(stage: Stage) -> None:
    stage.write("invert", INVERT)
    assert stage.apply() is stage.image
    assert stage.apply(EffectUse(effect="invert", enabled=False)) is stage.image


def test_effects_follow_one_another(stage: Stage) -> None:
    stage.write("invert", INVERT)
    stage.write("half", "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).rgb * 0.5, 1.0); }")
    assert near(stage.middle("invert"), 0.5, 0.75, 0.25)
    assert near(stage.middle("invert", "half"), 0.25, 0.375, 0.125)
    assert near(stage.middle("half", "invert"), 0.75, 0.875, 0.625)
    assert near(stage.middle("invert", "invert", "invert"), 0.5, 0.75, 0.25)
    assert stage.said() == []


def test_blending_left_on_by_others_does_not_matter(ctx: moderngl.Context, stage: Stage) -> None:
    stage.write("faint", "void main() { gl_FragColor = vec4(vec3(0.5), 0.5); }")
    stage.write("fill", "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).aaa, 1.0); }")
    ctx.enable(moderngl.BLEND)
    assert near(stage.middle("faint", "fill"), 0.5, 0.5, 0.5)


def test_uniforms_of_the_frame(stage: Stage) -> None:
    body = """void main() {
        vec4 c = vec4(TIME / 10.0, TIMEDELTA, float(FRAMEINDEX) / 100.0, 1.0);
        if (isf_FragNormCoord.x > 0.5) c = vec4(DATE.x / 4000.0, DATE.yz / 20.0, 1.0);
        if (isf_FragNormCoord.y > 0.5) c = vec4(RENDERSIZE / 64.0, DATE.w / 10000.0, 1.0);
        gl_FragColor = c;
    }"""
    stage.write("facts", body)
    stage.frame = Frame(30, 5.0, 0.2)
    pixels = stage.draw("facts")
    assert near(pixels[-1, 0].tolist(), 0.5, 0.2, 0.3)
    assert near(pixels[-1, -1].tolist(), 2026 / 4000, 3 / 20, 4 / 20)
    assert near(pixels[0, 0].tolist(), 0.5, 0.25, 0.361)


def test_image_functions(stage: Stage) -> None:
    ramp = np.zeros((16, 32, 4), np.uint8)
    ramp[..., 0] = np.arange(32) * 8
    ramp[..., 1] = (np.arange(16) * 16)[:, None]
    ramp[..., 3] = 255
    stage.image.texture.write(ramp.tobytes())
    cases = {
        "this": ("IMG_THIS_PIXEL(inputImage)", (8 * 5, 16 * 3)),
        "norm_this": ("IMG_THIS_NORM_PIXEL(inputImage)", (8 * 5, 16 * 3)),
        "pixel": ("IMG_PIXEL(inputImage, vec2(20.5, 4.5))", (160, 64)),
        "norm": ("IMG_NORM_PIXEL(inputImage, vec2(20.5 / 32.0, 4.5 / 16.0))", (160, 64)),
        "size": ("vec4(IMG_SIZE(inputImage) / 255.0, 0.0, 1.0)", (32, 16)),
        "old": ("texture2D(inputImage, vec2(20.5 / 32.0, 4.5 / 16.0))", (160, 64)),
        "rect": ("vec4(_inputImage_imgRect.zw / 255.0, 0.0, 1.0)", (32, 16)),
    }
    for name, (call, expected) in cases.items():
        stage.write(name, f"void main() {{ gl_FragColor = {call}; }}")
        pixel = stage.draw(name)[::-1][3, 5]
        assert np.allclose(pixel[:2], expected, atol=1), name


def test_inputs_reach_the_shader(stage: Stage) -> None:
    inputs = [
        IMAGE,
        {"NAME": "amount", "TYPE": "float", "DEFAULT": 0.2},
        {"NAME": "on", "TYPE": "bool", "DEFAULT": False},
        {"NAME": "mode", "TYPE": "long", "VALUES": [0, 5, 9], "LABELS": ["a", "b", "c"]},
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 0.5, 0.25, 1]},
        {"NAME": "spot", "TYPE": "point2D", "MIN": [0, 0], "MAX": [1, 1], "DEFAULT": [0.1, 0.2]},
        {"NAME": "place", "TYPE": "point2D"},
    ]
    body = """void main() {
        gl_FragColor = vec4(amount, on ? 1.0 : 0.0, float(mode) / 10.0, 1.0);
        if (isf_FragNormCoord.x > 0.5) gl_FragColor = vec4(tint.rgb, 1.0);
        if (isf_FragNormCoord.y > 0.5) gl_FragColor = vec4(spot, place.x / 64.0, 1.0);
    }"""
    stage.write("all", body, {"INPUTS": inputs})
    pixels = stage.draw("all")
    assert near(pixels[-1, 0].tolist(), 0.2, 0, 0)
    assert near(pixels[-1, -1].tolist(), 1, 0.5, 0.25)
    assert near(pixels[0, 0].tolist(), 0.1, 0.2, 0.25)  # a point without a range is in pixels: half of 32
    pixels = stage.draw(
        "all", all__amount=0.6, all__on=1, all__mode=5.4, all__tint__g=1, all__spot__y=0.9, all__place__x=1
    )
    assert near(pixels[-1, 0].tolist(), 0.6, 1, 0.5)
    assert near(pixels[-1, -1].tolist(), 1, 1, 0.25)
    assert near(pixels[0, 0].tolist(), 0.1, 0.9, 0.5)


def test_an_effect_is_mixed_in_by_its_wet_share(stage: Stage) -> None:
    stage.write("invert", INVERT)
    assert near(stage.middle("invert", invert__wet=0.0), 0.5, 0.25, 0.75)
    assert near(stage.middle("invert", invert__wet=0.5), 0.5, 0.5, 0.5)
    values = {"invert.wet": 0.5, "invert#2.wet": 0.0}
    keys = ["invert", "invert#2"]
    uses = [EffectUse(effect="invert")] * 2
    result = stage.chain.apply(stage.image, uses, keys, Values(values, (), 0), stage.frame, Features())
    assert near(result.read()[0, 0].tolist(), 0.5, 0.5, 0.5)


def test_a_file_with_an_input_called_wet_means_its_own(stage: Stage) -> None:
    header = {"INPUTS": [IMAGE, {"NAME": "wet", "TYPE": "float", "DEFAULT": 0.0}]}
    stage.write("own", "void main() { gl_FragColor = vec4(vec3(wet), 1.0); }", header)
    assert [param.name for param in stage.library.params["own"]] == ["own.wet"]
    assert near(stage.middle("own"), 0, 0, 0)


def test_a_generator_lies_over_the_picture(stage: Stage) -> None:
    stage.write("red", "void main() { gl_FragColor = vec4(1.0, 0.0, 0.0, 0.5); }", {"INPUTS": []})
    stage.write("invert", INVERT)
    assert near(stage.middle("red"), 0.75, 0.125, 0.375)
    assert near(stage.middle("red", red__wet=0.5), 0.625, 0.1875, 0.5625)
    assert near(stage.middle("red", "invert"), 0.25, 0.875, 0.625)


def test_a_live_chain_never_compiles(ctx: moderngl.Context, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = False
    monkeypatch.setattr(Workshop, "prepared", lambda *_: ready)
    stage.write("invert", INVERT)
    stage.chain = Chain(ctx, SIZE_PX, stage.library, stage.problems, live=True)
    assert stage.apply("invert") is stage.image
    assert stage.chain.waiting == ["invert"]
    ready = True
    assert near(stage.middle("invert"), 0.5, 0.75, 0.25)
    assert stage.chain.waiting == []
    ready = False
    stage.write("invert", "void main() { gl_FragColor = vec4(0.0, 1.0, 0.0, 1.0); }")
    assert near(stage.middle("invert"), 0.5, 0.75, 0.25), "as it was, until the new text is compiled"
    ready = True
    assert near(stage.middle("invert"), 0, 1, 0)


def test_effects_are_compiled_beside_the_show(
    ctx: moderngl.Context, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write("good", "void main() { gl_FragColor = vec4(0.0, 0.25, 0.0, 1.0); }")
    stage.write("bad", BROKEN)
    shop = effect_workshop.of(ctx)
    wanted = [translate(entry) for entry in stage.library.entries.values() if isinstance(entry, EffectFile)]
    assert not shop.prepared(wanted), "asking does not wait"
    while not shop.prepared(wanted):
        time.sleep(0.005)
    monkeypatch.setattr(gl_program, "_compile", None)
    assert near(stage.middle("good", "bad"), 0, 0.25, 0)
    assert stage.said()[0].startswith("bad.fs:4: ")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_look_waits_for_ever_for_an_effect_whose_compiling_fails_in_an_unknown_way(
    ctx: moderngl.Context, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write("odd", "void main() { gl_FragColor = vec4(0.0, 0.125, 0.0, 1.0); }")
    tried: list[object] = []

    def fail(*given: object) -> None:
        tried.append(given)
        raise RuntimeError("nothing foresaw this")

    monkeypatch.setattr(effect_workshop, "Program", fail)
    shop = effect_workshop.of(ctx)
    wanted = [translate(entry) for entry in stage.library.entries.values() if isinstance(entry, EffectFile)]
    for _ in range(10_000):
        if shop.prepared(wanted):
            break
        time.sleep(0.005)
    assert shop.prepared(wanted) and len(tried) == 1
    while side_thread.of(ctx).busy:  # it tells of its failure when it ends: in this test, not in the next
        time.sleep(0.005)


def test_only_so_many_idle_effects_stay_compiled(
    ctx: moderngl.Context, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect_workshop, "KEPT", 2)
    for shade in range(5):
        stage.write("one", f"void main() {{ gl_FragColor = vec4(vec3({shade / 10}), 1.0); }}")
        assert near(stage.middle("one"), *([shade / 10] * 3))
    stage.apply()
    assert len(effect_workshop.of(ctx)._programs) == 2


def test_each_use_has_its_own_values(stage: Stage) -> None:
    header = {"INPUTS": [IMAGE, {"NAME": "gain", "TYPE": "float", "MAX": 2, "MIN": 0, "DEFAULT": 1}]}
    stage.write("gain", "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).rgb * gain, 1.0); }", header)
    values = {"gain.gain": 0.5, "gain#2.gain": 0.5}
    preset = Preset(effects=[EffectUse(effect="gain"), EffectUse(effect="gain")])
    result = stage.chain.apply(
        stage.image, preset.effects, preset.effect_keys(), Values(values, (), 0), stage.frame, Features()
    )
    assert near(result.read()[0, 0].tolist(), 0.125, 0.0625, 0.1875)


def test_an_event_is_true_for_one_frame(stage: Stage) -> None:
    header = {"INPUTS": [IMAGE, {"NAME": "hit", "TYPE": "event"}]}
    stage.write("e", "void main() { gl_FragColor = vec4(hit ? 1.0 : 0.0, 0.0, 0.0, 1.0); }", header)
    reds = [stage.middle("e", e__hit=value)[0] for value in (0, 1, 1, 0, 1)]
    assert reds == [0, 255, 0, 0, 255]


ADD = "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(sum).rgb + 0.1, 1.0); }"


@pytest.mark.parametrize("floating", [False, True])
def test_persistent_buffers_accumulate(stage: Stage, floating: bool) -> None:
    stage.write("add", ADD, {"PASSES": [{"TARGET": "sum", "PERSISTENT": True, "FLOAT": floating}]})
    greys = [stage.middle("add")[0] for _ in range(12)]
    assert np.allclose(greys[:9], [255 * 0.1 * n for n in range(1, 10)], atol=5)
    assert greys[-1] == 255


def test_float_buffers_hold_more_than_one(stage: Stage) -> None:
    body = """void main() {
        if (PASSINDEX == 0) gl_FragColor = IMG_THIS_PIXEL(big) + vec4(1000.0, -2.0, 0.0, 1.0);
        else gl_FragColor = vec4(IMG_THIS_PIXEL(big).x / 5000.0, -IMG_THIS_PIXEL(big).y / 10.0, 0.0, 1.0);
    }"""
    stage.write("big", body, {"PASSES": [{"TARGET": "big", "PERSISTENT": True, "FLOAT": True}, {}]})
    for _ in range(2):
        stage.draw("big")
    assert near(stage.middle("big"), 0.6, 0.6, 0)


def test_a_nan_does_not_stay_for_ever(stage: Stage) -> None:
    body = (
        "void main() { gl_FragColor = IMG_THIS_PIXEL(b) + vec4(0.25) / (FRAMEINDEX == 1 ? TIME - TIME : 1.0) * 0.5; }"
    )
    stage.write("nan", body, {"PASSES": [{"TARGET": "b", "PERSISTENT": True, "FLOAT": True}]})
    greys = [stage.draw("nan").max() for _ in range(12)]
    assert greys[-1] == 255


def test_a_bypassed_effect_keeps_its_buffers(stage: Stage) -> None:
    stage.write("add", ADD, {"PASSES": [{"TARGET": "sum", "PERSISTENT": True}]})
    stage.write("invert", INVERT)
    for _ in range(3):
        stage.draw("add", "invert")
    stage.draw(EffectUse(effect="add", enabled=False), "invert")
    assert abs(stage.middle("invert", "add")[0] - 102) <= 3
    stage.draw("invert")  # taken out of the chain: forgotten
    assert abs(stage.middle("add")[0] - 25) <= 2


def test_sizes_of_passes(stage: Stage) -> None:
    header = {
        "INPUTS": [IMAGE, {"NAME": "part", "TYPE": "float", "MIN": 0, "MAX": 1, "DEFAULT": 0.5}],
        "PASSES": [
            {"TARGET": "a", "WIDTH": "floor($WIDTH*$part)", "HEIGHT": "max($HEIGHT/1000, 1)"},
            {"TARGET": "b", "WIDTH": "1/0", "HEIGHT": "-5"},
            {"TARGET": "c", "WIDTH": "99999999", "HEIGHT": 1},
            {},
        ],
    }
    body = """void main() {
        vec2 size = PASSINDEX == 0 ? RENDERSIZE : vec2(0.0);
        if (PASSINDEX < 3) { gl_FragColor = vec4(size / 64.0, 0.0, 1.0); return; }
        gl_FragColor = vec4(IMG_SIZE(a) / 64.0, IMG_SIZE(c).x / 16384.0, 1.0);
        if (isf_FragNormCoord.x > 0.5) gl_FragColor = vec4(IMG_SIZE(b) / 64.0, IMG_NORM_PIXEL(a, vec2(0.5)).x, 1.0);
    }"""
    stage.write("sizes", body, header)
    pixels = stage.draw("sizes")
    assert near(pixels[0, 0].tolist(), 16 / 64, 1 / 64, 0.5)
    assert near(pixels[0, -1].tolist(), 1 / 64, 1 / 64, 0.25)
    assert near(stage.draw("sizes", sizes__part=1.0)[0, 0].tolist(), 32 / 64, 1 / 64, 0.5)


def test_too_much_memory_is_refused_in_one_line(stage: Stage) -> None:
    passes = [{"TARGET": f"t{i}", "WIDTH": 8192, "HEIGHT": 8192, "FLOAT": True, "PERSISTENT": True} for i in range(4)]
    stage.write("greedy", INVERT, {"PASSES": passes})
    assert stage.apply("greedy") is stage.image
    stage.apply("greedy")
    (said,) = stage.problems
    assert "greedy.fs: its buffers need 8192 MB" in said.text and said.count == 1


@pytest.mark.parametrize("persistent", [False, True])
def test_an_effect_that_the_driver_has_no_room_for_is_left_out(
    stage: Stage, persistent: bool, alive_gl: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect_buffers, "MAX_SIDE_PX", 1_000_000)
    stage.write("invert", INVERT)
    wide = {"TARGET": "wide", "WIDTH": 1_000_000, "PERSISTENT": persistent}
    stage.write("wide", INVERT, {"PASSES": [{"TARGET": "small", "PERSISTENT": persistent}, wide]})
    stage.middle("invert")
    before = alive_gl()
    for _ in range(3):
        assert near(stage.middle("invert", "wide"), 0.5, 0.75, 0.25)
    assert alive_gl() == before
    (said,) = stage.problems
    assert said.text.startswith("wide.fs: the graphics driver has no room for its buffers") and said.count == 1


def test_vertex_shader(stage: Stage) -> None:
    vertex = """varying vec2 there;
    void main() { isf_vertShaderInit(); there = isf_FragNormCoord * 0.5; gl_Position.x *= 0.5; }"""
    stage.write("v", "varying vec2 there;\nvoid main() { gl_FragColor = vec4(there, 1.0, 1.0); }", vertex=vertex)
    pixels = stage.draw("v")
    assert pixels[8, 2].tolist() == [0, 0, 0, 255]  # the narrowed quad leaves the sides empty
    assert abs(int(pixels[0, 16][1]) - 124) <= 3 and pixels[0, 16][2] == 255


def test_old_glsl_and_reserved_names(stage: Stage) -> None:
    body = """#version 120
    #extension GL_ARB_texture_rectangle : enable
    uint unused;  // h\u00e9llo
    float helper(float sample, float filter) { return sample + filter; }
    void main(void) {
        float texture = 0.25; float input = 0.25, flat = 0.1; vec2 active = vv_FragNormCoord;
        gl_FragData[0] = texture2D(inputImage, active);
        gl_FragColor.r = helper(texture, input) + flat;
        gl_FragColor.g = texture2DRect(inputImage, gl_FragCoord.xy).g;
    }"""
    stage.write("old", body)
    assert near(stage.middle("old"), 0.6, 0.25, 0.75)
    assert stage.said() == []


def test_transparency_ends_over_black(stage: Stage) -> None:
    stage.write("mask", "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).rgb, 0.5); }")
    stage.write("fill", "void main() { vec4 c = IMG_THIS_PIXEL(inputImage); gl_FragColor = vec4(c.aaa, 1.0); }")
    assert near(stage.middle("mask"), 0.25, 0.125, 0.375)
    assert near(stage.middle("mask", "fill"), 0.5, 0.5, 0.5)


def test_a_part_of_a_larger_picture_is_fitted(ctx: moderngl.Context, stage: Stage) -> None:
    stage.write("invert", INVERT)
    large = Target(ctx, (64, 64))
    large.framebuffer.clear(0.0, 0.0, 0.0, 1.0, viewport=(0, 0, 64, 64))
    large.framebuffer.clear(1.0, 0.0, 0.0, 1.0, viewport=(0, 0, 20, 10))
    large.region_px = (20, 10)
    use = EffectUse(effect="invert")
    pixels = stage.chain.apply(large, [use], ["invert"], Values({}, (), 0.0), stage.frame, Features()).read()
    assert pixels.shape == (16, 32, 4)
    assert near(pixels[8, 16].tolist(), 0, 1, 1)
    large.release()


def test_another_size_keeps_persistent_pictures(stage: Stage) -> None:
    side = {"NAME": "side", "TYPE": "float", "MIN": 1, "MAX": 64}
    sized = {"TARGET": "sum", "PERSISTENT": True, "FLOAT": True, "WIDTH": "$side", "HEIGHT": "$side"}
    stage.write("add", ADD, {"INPUTS": [IMAGE, side], "PASSES": [sized]})
    for _ in range(4):
        stage.draw("add", add__side=16.0)
    assert abs(stage.middle("add", add__side=40.0)[0] - 127) <= 2


def test_sound_textures(stage: Stage) -> None:
    header = {
        "INPUTS": [IMAGE, {"NAME": "bars", "TYPE": "audioFFT", "MAX": 4}, {"NAME": "wave", "TYPE": "audio"}],
    }
    body = """void main() {
        gl_FragColor = vec4(0.0, IMG_SIZE(bars).x / 8.0, IMG_NORM_PIXEL(wave, vec2(0.5)).g, 1.0);
        gl_FragColor.r = IMG_NORM_PIXEL(bars, isf_FragNormCoord).r;
    }"""
    stage.write("sound", body, header)
    assert near(stage.middle("sound"), 0, 0.5, 0.5)
    spectrum = np.repeat(np.array([0.2, 0.4, 0.6, 0.8], np.float32), 16)
    stage.features, stage.waveform = Features(spectrum=spectrum), np.full((2, 64), -0.5, np.float32)
    pixels = stage.draw("sound")
    assert near(pixels[8, 0].tolist(), 0.2, 0.5, 0.25)
    assert near(pixels[8, 31].tolist(), 0.8, 0.5, 0.25)


def test_pictures_from_files(stage: Stage, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (0, 255, 0)).save(tmp_path / "green.png")
    Image.new("RGB", (8, 8), (0, 0, 255)).save(tmp_path / "blue.jpg")
    header = {"INPUTS": [IMAGE, {"NAME": "other", "TYPE": "image"}], "IMPORTED": {"own": {"PATH": "green.png"}}}
    body = "void main() { gl_FragColor = isf_FragNormCoord.x < 0.5 ? IMG_THIS_PIXEL(own) : IMG_THIS_PIXEL(other); }"
    stage.write("two", body, header)
    assert stage.draw("two")[8, 28].tolist() == [0, 0, 0, 255]
    use = EffectUse(effect="two", images={"other": str(tmp_path / "blue.jpg")})
    pixels = stage.draw(use)
    assert pixels[8, 4].tolist() == [0, 255, 0, 255]
    assert pixels[8, 28, 2] > 250 and pixels[8, 28, 0] < 5


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken", b"#EXTM3U\nfile:///etc/passwd"])
def test_a_bad_picture_is_reported_once_and_the_rest_drawn(stage: Stage, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    stage.write("one", INVERT, {"INPUTS": [IMAGE, {"NAME": "other", "TYPE": "image"}]})
    use = EffectUse(effect="one", images={"other": str(tmp_path / "bad.png")})
    for _ in range(3):
        assert near(stage.middle(use), 0.5, 0.75, 0.25)
    (said,) = stage.problems
    assert "bad.png" in said.text and said.count == 1


def test_a_picture_that_is_too_long_for_the_driver_is_no_black_one(stage: Stage, tmp_path: Path) -> None:
    longest = 1 + stage.image.texture.ctx.info["GL_MAX_TEXTURE_SIZE"]
    Image.new("RGB", (longest, 4), (0, 255, 0)).save(tmp_path / "long.png")
    stage.write("one", INVERT, {"INPUTS": [IMAGE, {"NAME": "other", "TYPE": "image"}]})
    stage.apply(EffectUse(effect="one", images={"other": str(tmp_path / "long.png")}))
    assert f"long.png: picture of {longest} x 4 pixels" in stage.said()[0]


BROKEN = "void main() {\n    float a = 1.0;\n    gl_FragColor = nothing;\n}"


def test_compile_error_names_file_and_line_and_the_chain_goes_on(stage: Stage) -> None:
    stage.write("invert", INVERT)
    stage.write("broken", BROKEN)
    for _ in range(3):
        assert near(stage.middle("broken", "invert"), 0.5, 0.75, 0.25)
    (said,) = stage.problems
    assert said.text.startswith("broken.fs:4: ") and "nothing" in said.text and said.count == 1


def test_an_error_in_the_vertex_shader_names_its_file(stage: Stage) -> None:
    stage.write("v", INVERT, vertex="void main() {\n isf_vertShaderInit();\n oops;\n}")
    assert stage.apply("v") is stage.image
    assert stage.said()[0].startswith("v.vs:3: ")


@pytest.mark.parametrize(
    "log",
    ["0:7(3): error: bad", "0(7) : error C1008: bad", "ERROR: 0:7: bad", "0:3(1): warning: odd\n0:7(1): error: bad"],
)
def test_messages_of_all_drivers_lead_to_the_line(log: str) -> None:
    assert (
        explain(Sources("", "", ("a.fs", "a.vs")), f"GLSL Compiler failed\n\n{log}\n0:9(1): error: more")
        == "a.fs:7: bad"
    )


def test_saving_the_file_repairs_and_changes_it(stage: Stage) -> None:
    stage.write("x", BROKEN)
    assert stage.apply("x", seconds=0.0) is stage.image
    path = stage.folder / "x.fs"
    path.write_text(f"/*{json.dumps({'INPUTS': [IMAGE]})}*/{INVERT}", encoding="utf-8")
    os.utime(path, ns=(5 * 10**18, 5 * 10**18))
    assert stage.apply("x", seconds=0.2) is stage.image  # looked at twice a second at most
    assert near(stage.middle("x", seconds=0.7), 0.5, 0.75, 0.25)
    path.write_text("no header", encoding="utf-8")
    assert stage.apply("x", seconds=2.0) is stage.image
    assert any("x.fs:1: no ISF header" in text for text in stage.said())
    path.unlink()
    assert stage.apply("x", seconds=3.0) is stage.image
    assert stage.said()[-1].startswith("unknown effect 'x'")


def test_reload_keeps_the_buffers(stage: Stage) -> None:
    header = {"PASSES": [{"TARGET": "sum", "PERSISTENT": True, "FLOAT": True}]}
    stage.write("add", ADD, header)
    for _ in range(5):
        stage.draw("add")
    stage.write("add", ADD.replace("+ 0.1", "+ 0.0"), header)
    assert abs(stage.middle("add")[0] - 127) <= 2


def test_doubling_macros_are_refused_before_they_eat_the_memory(stage: Stage) -> None:
    doubled = "\n".join(f"#define a{i} a{i - 1} + a{i - 1}" for i in range(1, 40))
    stage.write("bomb", f"#define a0 1.0\n{doubled}\nvoid main() {{ gl_FragColor = vec4(a39); }}")
    assert stage.apply("bomb") is stage.image
    assert stage.said() == ["bomb.fs: its macros expand to over half a million words; shorten them"]


def test_an_unknown_effect_keeps_nothing_of_the_frames_that_asked_for_it(stage: Stage) -> None:
    for _ in range(3):
        stage.apply("inwert")
        stage.apply()
    entry = stage.library.find("inwert")
    assert isinstance(entry, UserError) and entry.__traceback__ is None


def test_unknown_effect_suggests_the_nearest(stage: Stage) -> None:
    stage.write("invert", INVERT)
    stage.apply("inwert")
    stage.apply("inwert")
    (said,) = stage.problems
    assert said.text == "unknown effect 'inwert'; did you mean 'invert'?" and said.count == 1


def test_own_folder_hides_the_shipped_one(tmp_path: Path) -> None:
    for folder, text in (("a", "first"), ("b", "second")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.fs").write_text(f'/*{{"DESCRIPTION": "{text}"}}*/void main() {{}}')
    (tmp_path / "a" / "bad.fs").write_text("void main() {}")
    library = Library([tmp_path / "a", tmp_path / "b"])
    assert list(library.entries) == ["bad", "same"]
    same = library.find("same")
    assert not isinstance(same, Exception) and same.description == "second"
    assert isinstance(library.find("bad"), Exception)
    assert list(library.params) == ["same"]
    library.reload()
    assert library.find("same") is same


def test_a_file_that_cannot_be_looked_at_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.fs").write_text("/*{}*/void main() {}")
    (tmp_path / "round.fs").symlink_to("round.fs")
    (tmp_path / os.fsdecode(b"caf\xe9.fs")).write_text("/*{}*/void main() {}")
    names = list(Library([tmp_path]).entries)
    assert names == ["good"], "one whose name is no text is in no library"


def test_everything_is_released(ctx: moderngl.Context, tmp_path: Path, alive_gl: Callable[[], int]) -> None:
    def show(size_px: tuple[int, int]) -> None:
        stage = Stage(ctx, tmp_path, size_px)
        Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
        inputs = [IMAGE, {"NAME": "bars", "TYPE": "audioFFT"}, {"NAME": "other", "TYPE": "image"}]
        body = "void main() { gl_FragColor = IMG_THIS_PIXEL(sum) + IMG_THIS_PIXEL(bars) + IMG_THIS_PIXEL(other); }"
        stage.write(
            "full", body, {"INPUTS": inputs, "PASSES": [{"TARGET": "sum", "PERSISTENT": True}, {"TARGET": "s"}, {}]}
        )
        stage.write("broken", BROKEN)
        use = EffectUse(effect="full", images={"other": str(tmp_path / "p.png")})
        stage.draw(use, use, "broken")
        stage.write("full", body + "\n", {"INPUTS": inputs, "PASSES": [{"TARGET": "sum", "PERSISTENT": True}, {}]})
        stage.draw(use)
        stage.release()
        stage.chain.release()

    show(SIZE_PX)
    before = alive_gl()
    for _ in range(10):
        show(SIZE_PX)
    assert alive_gl() == before
