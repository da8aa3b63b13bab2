"""The show file: carried to another machine it is the same show, and whatever is wrong in it does no harm."""

import io
import random
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import paths
from app import preset as presets
from app import style as styles
from app.control import bindings
from app.control.bindings import Binding
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.preset import EffectUse, Preset
from app.problems import UserError
from app.show import belongings, box, marks, show_file
from app.show.marks import Mark, Marks
from app.show.state import State

EFFECT = '/*{"ISFVSN": "2", "INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}*/\nvoid main() {\n}\n'


@pytest.fixture
def show(home: Path, tmp_path: Path) -> Path:
    """A show file with a look of an own style and an own effect, a playlist, a mark and a binding."""
    styles.save(replace(random_style(1, Arch(width=8, depth=1)), name="mine"), home / "styles" / "mine.safetensors")
    (home / "effects").mkdir(exist_ok=True)
    (home / "effects" / "own_fx.fs").write_text(EFFECT)
    look = Preset(name="night", style="mine", effects=[EffectUse(effect="own_fx"), EffectUse(effect="bloom")])
    presets.save(look, paths.data("presets") / "night.yaml")
    marks.save(home / "library.yaml", Marks(looks={"night": Mark(stars=5)}, playlists={"late": ["furnace", "night"]}))
    bindings.save(home / "bindings.yaml", [Binding(source="midi:Pads:note:1:36", target="blackout")])
    path = tmp_path / "show.clavilux"
    path.write_bytes(show_file.gather("friday", State(look=look, pool="playlist:late", queue=["clockwork"]), home))
    return path


def test_a_show_opens_on_another_machine(show: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAVILUX_HOME", str(tmp_path / "elsewhere"))
    document, wrong = show_file.open_show(show, tmp_path / "open")
    assert wrong == []
    assert (document.name, document.state.look.name, document.state.pool) == ("friday", "night", "playlist:late")
    paths.carry(tmp_path / "open")
    try:
        assert styles.find("mine").arch.width == 8
        names = {entry.name: entry.path for entry in presets.listing()}
        assert presets.load(names["night"]).style == "mine"
        assert names["furnace"].is_relative_to(tmp_path / "open"), "a shipped look of a playlist comes along"
        assert names["clockwork"].is_relative_to(tmp_path / "open"), "so does one that is queued"
        assert [binding.target for binding in bindings.load(paths.own() / "bindings.yaml")] == ["blackout"]
        assert marks.load(paths.own() / "library.yaml").playlists == {"late": ["furnace", "night"]}
        assert (tmp_path / "open" / "effects" / "own_fx.fs").read_text() == EFFECT
        assert not (tmp_path / "open" / "effects" / "bloom.fs").exists(), "what ships is there already"
        again = show_file.gather(document.name, document.state, tmp_path / "open")
        assert again == show.read_bytes(), "gathered again it is the same file"
    finally:
        paths.carry(None)


def test_pictures_and_seed_styles_come_along_to_another_home(home: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    for name in ("a", "b"):
        (there / name).mkdir(parents=True)
        (there / name / "mask.png").write_bytes(f"picture {name}".encode())
    styles.save(replace(random_style(1, Arch(width=8, depth=1)), name="far"), there / "far.safetensors")
    use = EffectUse(effect="own", images={"one": str(there / "a" / "mask.png"), "two": str(there / "b" / "mask.png")})
    use.images["gone"] = str(there / "gone.png")
    look = Preset(name="night", style=str(there / "far.safetensors"), effects=[use])
    presets.save(look, paths.data("presets") / "night.yaml")
    state = State(look=look, display="Beamer", master=0.0, feeds=["ndi"])
    (tmp_path / "show.clavilux").write_bytes(show_file.gather("friday", state.at_rest(), home))
    shutil.rmtree(there)

    opened = tmp_path / "open"
    document, wrong = show_file.open_show(tmp_path / "show.clavilux", opened)
    assert wrong == []
    assert (document.state.display, document.state.master, document.state.feeds) == ("Beamer", 1.0, [])
    paths.carry(opened)
    try:
        for night in (document.state.look, presets.load(opened / "presets" / "night.yaml")):
            assert styles.find(night.style).arch.width == 8
            images = night.effects[0].images
            assert [paths.picture(images[name]).read_bytes() for name in ("one", "two")] == [b"picture a", b"picture b"]
            assert images["gone"] == str(there / "gone.png"), "said where it is missed, not silently dropped"
        again = show_file.gather("friday", document.state, opened)
        assert again == (tmp_path / "show.clavilux").read_bytes(), "kept again it is the same show"
    finally:
        paths.carry(None)


def test_a_look_is_read_again_only_when_its_file_has_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = presets.load
    monkeypatch.setattr(presets, "load", lambda path: read.append(path.stem) or load(path))  # type: ignore[func-returns-value]
    night, day = Preset(name="night", style="moss"), Preset(name="day", style="there/far.safetensors")
    for look in (night, day):
        presets.save(look, paths.data("presets") / f"{look.name}.yaml")
    first = show_file.gather("friday", State(), home)
    assert show_file.gather("friday", State(), home) == first
    assert sorted(read) == ["day", "night"]
    night.params["zoom"] = 2.0
    presets.save(night, paths.data("presets") / "night.yaml")
    assert show_file.gather("friday", State(), home) != first
    assert read[2:] == ["night"]


def test_pictures_have_their_bounds(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belongings, "MOST_PICTURE_BYTES", 100)
    for name, size in (("a.png", 60), ("b.png", 60), ("c.txt", 5)):
        (tmp_path / name).write_bytes(bytes(size))
    images = {name[0]: str(tmp_path / name) for name in ("a.png", "b.png", "c.txt")}
    look = Preset(name="x", effects=[EffectUse(effect="own", images=images)])
    assert [len(data) for data in belongings.pictures([look]).values()] == [60]


def rewritten(show: Path, **parts: bytes | None) -> Path:
    """Change or add parts; a name is written with __ for / and _dot_ for the point."""
    with zipfile.ZipFile(show) as old:
        content = {info.filename: old.read(info) for info in old.infolist()}
    for name, data in parts.items():
        plain = name.replace("__", "/").replace("_dot_", ".")
        if data is None:
            content.pop(plain)
        else:
            content[plain] = data
    with zipfile.ZipFile(show, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    return show


def test_a_part_that_is_wrong_is_left_out_and_named(show: Path, tmp_path: Path) -> None:
    rewritten(
        show,
        presets__night_dot_yaml=b"name: night\nstyle: mine\nparams:\n  zoom: 99\n",
        styles__mine_dot_safetensors=b"nonsense",
        bindings_dot_yaml=b"bindings:\n- source: nowhere\n  target: blackout\n",
        effects__own_fx_dot_fs=b"void main() {}",
    )
    _, wrong = show_file.open_show(show, tmp_path / "open")
    text = "\n".join(sorted(wrong))
    assert "show.clavilux: presets/night.yaml:4: params.zoom: 99 is outside" in text
    assert "show.clavilux: styles/mine.safetensors: " in text
    assert "show.clavilux: bindings.yaml:2: bindings[0].source: 'nowhere'" in text
    assert "show.clavilux: own_fx.fs:1: no ISF header" in text
    assert len(wrong) == 4
    assert not (tmp_path / "open" / "styles" / "mine.safetensors").exists()


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"show_dot_yaml": None}, r"has no show\.yaml"),
        ({"show_dot_yaml": b"format: 2\n"}, r"show\.clavilux: show\.yaml:1: format: "),
        ({"show_dot_yaml": b"format: 1\nstate:\n  pole: all\n"}, r"show\.yaml:3: state\.pole: unknown key 'pole'"),
        ({"..__..__evil_dot_py": b"x"}, r"'\.\./\.\./evil\.py' does not belong"),
        ({"presets__..__x_dot_yaml": b"x"}, "does not belong"),
        ({"/etc__x_dot_yaml": b"x"}, "does not belong"),
        ({"presets__NIGHT_dot_yaml": b"name: x\n"}, "is there twice"),
        ({"presets__big_dot_yaml": b"#" * 1_000_001}, "larger than a part of its kind"),
    ],
)
def test_what_is_no_show_is_refused_by_name(
    show: Path, tmp_path: Path, parts: dict[str, bytes | None], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        show_file.open_show(rewritten(show, **parts), tmp_path / "open")


def test_a_part_whose_name_has_no_letters_is_refused(show: Path, tmp_path: Path) -> None:
    nameless = zipfile.ZipInfo("x")
    nameless.filename = "\0"  # which reads as no name at all
    with zipfile.ZipFile(show, "a") as box_file:
        box_file.writestr(nameless, b"x")
    with pytest.raises(UserError, match="'' does not belong"):
        show_file.open_show(show, tmp_path / "open")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_parts_packed_as_no_show_file_is_are_refused(show: Path, tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(show, "w", method) as box_file:
        box_file.writestr("show.yaml", "format: 1\n")
    good = show.read_bytes()
    for place in range(30, len(good)):
        data = bytearray(good)
        data[place] ^= 255
        show.write_bytes(data)
        with pytest.raises(UserError):
            show_file.open_show(show, tmp_path / "open")
    show.write_bytes(good)
    with pytest.raises(UserError, match=r"'show\.yaml' is packed in a way"):
        show_file.open_show(show, tmp_path / "open")


def test_a_picture_in_the_home_of_nobody_here_is_left_out(home: Path) -> None:
    use = EffectUse(effect="own", images={"one": "~nobody here/mask.png", "two": f"{'x' * 300}.png"})
    data = show_file.gather("friday", State(look=Preset(name="night", effects=[use])), home)
    (home / "friday.clavilux").write_bytes(data)
    document, wrong = show_file.open_show(home / "friday.clavilux", home / "open")
    assert (document.state.look.effects, wrong) == ([use], [])


def test_what_could_not_be_read_again_is_not_packed(home: Path, tmp_path: Path) -> None:
    (paths.data("effects") / "huge.fs").write_text(EFFECT + "/" * 2_000_000)
    look = Preset(name="night", effects=[EffectUse(effect="huge")])
    (tmp_path / "friday.clavilux").write_bytes(show_file.gather("friday", State(look=look), home))
    document, wrong = show_file.open_show(tmp_path / "friday.clavilux", tmp_path / "open")
    assert (document.state.look, wrong) == (look, [])


def test_a_bomb_is_refused_before_it_bursts(show: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("show.yaml", "format: 1\n")
        bomb.writestr("styles/x.safetensors", b"\0" * (65 * 2**20))
    show.write_bytes(out.getvalue())
    with pytest.raises(UserError, match=r"'styles/x\.safetensors' is larger"):
        show_file.open_show(show, tmp_path / "open")


def test_a_new_show_takes_along_what_is_the_users(show: Path, tmp_path: Path) -> None:
    document, wrong = show_file.open_show(tmp_path / "new.clavilux", tmp_path / "open")
    assert document.name == "new"
    assert wrong == []
    assert {path.name for path in (tmp_path / "open").rglob("*.yaml")} == {
        "night.yaml",
        "library.yaml",
        "bindings.yaml",
    }
    with pytest.raises(UserError, match=r"ends in \.clavilux"):
        show_file.open_show(tmp_path / "new.zip", tmp_path / "open")
    with pytest.raises(UserError, match="does not exist"):
        show_file.open_show(tmp_path / "nowhere" / "new.clavilux", tmp_path / "open")


def test_mutated_shows_are_opened_or_refused_never_more(show: Path, tmp_path: Path) -> None:
    good = show.read_bytes()
    rng = random.Random(5)
    inside = tmp_path / "open"
    outside_before = sorted(path for path in tmp_path.rglob("*") if inside not in path.parents)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randint(1, 12)):
            where = rng.randrange(len(data)) if rng.random() < 0.3 else len(data) - 1 - rng.randrange(700)
            data[where] = rng.randrange(256)
        show.write_bytes(bytes(data[: rng.randint(0, len(data))] if rng.random() < 0.2 else data))
        try:
            show_file.open_show(show, inside)
        except UserError as error:
            assert str(error).startswith((str(show), "show.clavilux")), error
            assert "\n" not in str(error)
    assert sorted({*outside_before, inside}) == sorted(
        path for path in tmp_path.rglob("*") if inside not in path.parents
    )


@given(st.text(min_size=1, max_size=80))
@example("(encore)")
@example("-- [v2]!")
def test_whatever_a_look_is_called_its_file_comes_along(name: str) -> None:
    assert box.fits(f"presets/{presets.file_name(name)}")


def test_looks_and_effects_of_odd_names_come_along(home: Path, tmp_path: Path) -> None:
    presets.save(Preset(name="x"), paths.data("presets") / "_night [v2]!.yaml")
    (paths.data("effects") / "_glow #1 [old].fs").write_text(EFFECT)
    state = State(look=Preset(name="x", effects=[EffectUse(effect="_glow #1 [old]")]))
    (tmp_path / "friday.clavilux").write_bytes(show_file.gather("friday", state, home))
    assert show_file.open_show(tmp_path / "friday.clavilux", tmp_path / "open")[1] == []
    assert (tmp_path / "open" / "presets" / "_night [v2]!.yaml").is_file()
    assert (tmp_path / "open" / "effects" / "_glow #1 [old].fs").read_text() == EFFECT


def test_a_name_too_long_for_this_system_is_left_out(show: Path, tmp_path: Path) -> None:
    name = f"presets/{'é' * 200}.yaml"
    with zipfile.ZipFile(show, "a") as box_file:
        box_file.writestr(name, "name: x\n")
    document, wrong = show_file.open_show(show, tmp_path / "open")
    assert document.name == "friday"
    assert wrong == [f"show.clavilux: {name}: this name is too long for a file here (left out)"]


@given(st.text(max_size=40))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    for whole in (name, f"presets/{name}.yaml", f"styles/{name}.safetensors", f"{name}/show.yaml"):
        if box.fits(whole):
            assert Path("/a/b", whole).resolve().is_relative_to("/a/b")
            assert not {"\\", ":", "\0", "\n"} & set(whole)
