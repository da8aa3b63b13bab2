"""The preset: the one document a performer edits and saves."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Curve = Literal["linear", "square", "cube", "root", "smooth", "invert"]


class Route(BaseModel):
    """Leads one feature to one parameter: adds amount × the parameter's range × curve(feature)."""

    model_config = ConfigDict(extra="forbid")
    source: str
    param: str
    amount: float = Field(0.25, ge=-1, le=1)
    curve: Curve = "linear"
    attack_seconds: float = Field(0.0, ge=0, le=10)
    release_seconds: float = Field(0.0, ge=0, le=10)


class EffectUse(BaseModel):
    """One place in the chain: which effect, on or off, its own values.

    `values` holds scalars by Param name without the effect's prefix ("amount", "tint.r", "centre.x"); `images` holds
    file paths for image inputs.
    """

    model_config = ConfigDict(extra="forbid")
    effect: str
    enabled: bool = True
    values: dict[str, float] = Field(default_factory=dict)
    images: dict[str, str] = Field(default_factory=dict)


class Preset(BaseModel):
    """A look: style, parameters, routes and effects."""

    model_config = ConfigDict(extra="forbid")
    name: str = "untitled"
    style: str = ""
    crossfade_seconds: float = Field(2.0, ge=0, le=60)
    params: dict[str, float] = Field(default_factory=dict)
    routes: list[Route] = Field(default_factory=list)
    effects: list[EffectUse] = Field(default_factory=list)

    def effect_keys(self) -> list[str]:
        """Return a unique key for each place in the chain: the effect's name, "name#2" for its second use, …."""
        keys: list[str] = []
        for use in self.effects:
            count = sum(key.split("#")[0] == use.effect for key in keys)
            keys.append(use.effect if count == 0 else f"{use.effect}#{count + 1}")
        return keys
