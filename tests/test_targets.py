"""What a look's routes can move is made once, and anew when the look or the library changes."""

from app.params import Param
from app.preset import EffectParams, EffectUse, Preset, route_targets
from app.targets import KEPT, Targets


def test_targets_are_kept_and_follow_the_look_and_the_library() -> None:
    library: dict[str, EffectParams] = {"now": {"bloom": (Param("bloom.amount", 0.5, 0.0, 1.0, "", "Amount"),)}}
    targets = Targets(lambda: library["now"])
    look = Preset(name="x")
    assert targets.of(look) is targets.of(look)
    look.effects.append(EffectUse(effect="bloom"))
    assert "bloom.amount" in targets.of(look)
    assert targets.of(look) == route_targets(look, library["now"])
    library["now"] = {"bloom": (Param("bloom.size", 0.5, 0.0, 1.0, "", "Size"),)}
    assert {"bloom.size"} == set(targets.of(look)) - set(targets.of(Preset(name="y")))
    look.effects.clear()
    assert "bloom.size" not in targets.of(look)
    for count in range(2 * KEPT):
        targets.of(Preset(name="z", effects=[EffectUse(effect="bloom")] * count))
    assert len(targets._kept) == KEPT
