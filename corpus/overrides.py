"""From what a user writes to settings: defaults, files, and single values on the command line.

Goes in: TOML files, mappings and `section.key=value` texts. Comes out: one `Settings`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from corpus.config import Section, Settings
from corpus.errors import SettingsError
from corpus.storage import read_bytes


def load_settings(toml_paths: Iterable[str] = (), overrides: Iterable[str] = ()) -> Settings:
    """Defaults, then each TOML file, then each `section.key=value`, the later winning. Raises SettingsError."""
    values = Settings().model_dump()
    for path in toml_paths:
        merge(values, read_toml(path))
    return overridden(values, overrides)


def overridden(values: dict[str, Any], overrides: Iterable[str]) -> Settings:
    """Settings from nested mappings, each `section.key=value` laid over them in place. Raises SettingsError."""
    for override in overrides:
        merge(values, parse_override(override))
    return settings_from(values)


def list_settings() -> list[str]:
    """Every setting as `section.key = default`, and its meaning where the name does not say it all."""
    lines = []
    for name, value in Settings():
        entries = (
            [(f"{name}.{key}", each) for key, each in value]
            if isinstance(value, Section)
            else [(name, value)]
        )
        fields = type(value).model_fields if isinstance(value, Section) else {}
        for key, default in entries:
            shown = default.model_dump(exclude_none=True) if isinstance(default, Section) else default
            field = fields.get(key.rpartition(".")[2])
            meaning = f"  # {field.description}" if field and field.description else ""
            lines.append(f"{key} = {json.dumps(shown)}{meaning}")
    return lines


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Settings from nested mappings; SettingsError names each bad key and, for unknown ones, the known keys."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(explain(item) for item in error.errors())) from None


def flat(settings: Settings) -> dict[str, Any]:
    """Every setting by its dotted key, bounds as mappings."""
    sections = settings.model_dump(mode="json")
    return {
        key if not isinstance(section, dict) else f"{key}.{name}": value
        for key, section in sections.items()
        for name, value in (section.items() if isinstance(section, dict) else [("", section)])
    }


def settings_from_flat(values: Mapping[str, Any]) -> Settings:
    """Settings from values by dotted key, as `build.json` keeps them."""
    nested: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        merge(nested, {section: {name: value}} if name else {section: value})
    return settings_from(nested)


def explain(item: Mapping[str, Any]) -> str:
    """One sentence for one of pydantic's findings."""
    key, message = ".".join(str(part) for part in item["loc"]), item["msg"].removeprefix("Value error, ")
    if not key:  # a rule over several settings names them itself
        return str(message)
    if item["type"] != "extra_forbidden":
        return f"setting {key}: {message}; got {item['input']!r}"
    section: Any = Settings
    for part in item["loc"][:-1]:
        section = section.model_fields[part].annotation
    known = list(section.model_fields)
    return f"unknown setting {key}{meant(str(item['loc'][-1]), known)}; known here: {', '.join(known)}"


def meant(name: str, known: Iterable[str]) -> str:
    """The known name that is most like a wrong one, as part of a sentence; nothing when none is like it."""
    like = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (is {like[0]} meant?)" if like else ""


def read_toml(path: str) -> dict[str, Any]:
    """The mapping in a TOML file, given by path or URI; SettingsError says what is wrong with it."""
    try:
        return tomllib.loads(settings_bytes(path).decode())
    except OSError as error:
        raise SettingsError(f"cannot read settings file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} is not TOML: {error}") from None


def settings_bytes(path: str) -> bytes:
    """The bytes of a settings file. A cluster's driver runs on some machine, so there it is given by URI."""
    if "://" not in path:
        return Path(path).read_bytes()
    data = read_bytes(path)
    if data is None:
        raise SettingsError(f"cannot read settings file {path}: there is no such object")
    return data


def parse_override(text: str) -> dict[str, Any]:
    """`align.min_similarity=0.2` as nested mappings; the value is read as TOML, and as plain text when it is none."""
    key, equals, value = text.partition("=")
    if not equals or not all(key.split(".")):
        raise SettingsError(
            f"--set takes section.key=value, for example align.min_similarity=0.2; got {text!r}"
        )
    parsed: Any
    if value in ("null", "none"):
        parsed = None
    else:
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value
    for part in reversed(key.strip().split(".")):
        parsed = {part: parsed}
    return dict(parsed)


def quoted(key: str, value: str | list[str]) -> str:
    """`key=value` with the value as TOML text, so that no character of it is read as anything else."""
    return f"{key}={json.dumps(value, ensure_ascii=False)}"


def merge(base: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Lay `more` over `base` in place, section by section."""
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value
