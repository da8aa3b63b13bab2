"""Documents of a show: read as plain data, checked against a model, an error names file, line and place. Pure."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app import yaml_lines


class Strict(BaseModel):
    """A model that knows every key of its document; numbers are finite."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def load(model: type[Model], path: Path) -> Model:
    """Read a YAML file as `model`; `UserError` names file, line and place."""
    document = yaml_lines.read(path)
    try:
        return model.model_validate({} if document.data is None else document.data)
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            what = f"unknown key '{first['loc'][-1]}'"
        raise document.error(tuple(first["loc"]), what[:1].lower() + what[1:]) from None


def first_of(error: ValidationError) -> str:
    """Return what is wrong first, and where: "look.name: input should be a valid string"."""
    first = error.errors()[0]
    place = yaml_lines.dotted(tuple(first["loc"]))
    return f"{place}{': ' if place else ''}{first['msg'][:1].lower()}{first['msg'][1:]}"


def dump(model: BaseModel) -> bytes:
    """Return a model as YAML."""
    plain = model.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(plain, sort_keys=False, width=100, allow_unicode=True).encode()
