"""Training settings: defaults, overridden by a TOML file, overridden by options."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from specmol_core.errors import UsageError
from specmol_core.matchnet.config import TrainConfig
from specmol_core.matchnet.network.variants import variant
from specmol_core.spectra.geometry import Geometry

__all__ = ["config_from_mapping", "config_to_toml", "load_train_config"]

_CHOICES = {
    "device": ("auto", "cpu", "cuda"),
    "precision": ("auto", "fp32", "bf16"),
    "schedule": ("constant", "cosine"),
}
_FRACTIONS = ("hard_negatives",)
_POSITIVE_COUNTS = ("epochs", "neighbours", "checkpoint_steps")


def load_train_config(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> TrainConfig:
    """Return the settings of a run: options override the TOML file, which overrides the defaults.

    An option of None is not set.

    Raises
    ------
    UsageError
        If the file is missing or not TOML, a key is unknown, or a value is invalid.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"{path}: the settings cannot be read ({reason}); give a readable TOML file") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path}: is not TOML ({error}); correct the file") from None
    config = config_from_mapping(values, str(path))
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    return config_from_mapping(given, "options", config)


def config_from_mapping(values: Mapping[str, Any], source: str, base: TrainConfig | None = None) -> TrainConfig:
    """Return ``base`` with the given values, after checking each of them.

    Parameters
    ----------
    source
        Origin of the values, named in messages.

    Raises
    ------
    UsageError
        If a key is unknown, or a value has another type or is invalid.

    Examples
    --------
    >>> config_from_mapping({"epochs": 3}, "options").epochs
    3
    """
    config = base or TrainConfig()
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key == "geometry" and isinstance(value, Mapping):
            checked[key] = replace(config.geometry, **_checked_values(value, config.geometry, f"{source}: geometry"))
        else:
            checked.update(_checked_values({key: value}, config, source))
    config = replace(config, **checked)
    _check_config(config, source)
    return config


def config_to_toml(config: TrainConfig) -> str:
    """Return the settings as TOML, from which ``load_train_config`` restores the same settings."""
    values = asdict(config)
    geometry = values.pop("geometry")
    lines = [f"{key} = {_toml_value(value)}" for key, value in values.items()]
    return "\n".join([*lines, "", "[geometry]", *(f"{k} = {_toml_value(v)}" for k, v in geometry.items()), ""])


def _toml_value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    # JSON and TOML have the same syntax for strings, booleans and finite numbers.
    return json.dumps(value)


def _checked_values(values: Mapping[str, Any], config: TrainConfig | Geometry, source: str) -> dict[str, Any]:
    """Return the values in the types of the dataclass."""
    names = [f.name for f in fields(config)]
    checked_values = {}
    for key, value in values.items():
        if key not in names:
            close = difflib.get_close_matches(key, names, 1)
            hint = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(names)}"
            raise UsageError(f"{source}: no setting is called {key!r}; {hint}")
        checked_values[key] = _coerce(getattr(config, key), value, f"{source}: {key}")
    return checked_values


def _coerce(default: object, value: Any, location: str) -> Any:
    """Return a value in the type of the default; an integer is accepted for a float."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, float) and number and math.isfinite(value):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list | tuple) and len(value) == len(default):
        return tuple(_coerce(d, v, location) for d, v in zip(default, value, strict=True))
    if type(value) is type(default) and not isinstance(default, float | tuple):
        return value
    kind = {int: "a whole number", float: "a finite number", str: "a text"}.get(type(default), f"like {default!r}")
    raise UsageError(f"{location} is {value!r}; it must be {kind}")


def _check_config(config: TrainConfig, source: str) -> None:
    variant(config.model)
    for key, choices in _CHOICES.items():
        if getattr(config, key) not in choices:
            raise UsageError(f"{source}: {key} is {getattr(config, key)!r}; give one of {', '.join(choices)}")
    rules = [(f"{key} must be at least 1", getattr(config, key) >= 1) for key in _POSITIVE_COUNTS]
    rules += [(f"{key} must be between 0 and 1", 0 <= getattr(config, key) <= 1) for key in _FRACTIONS]
    rules += [
        ("batch_size must be at least 2", config.batch_size >= 2),
        ("learning_rate must be above 0", config.learning_rate > 0),
        ("temperature must be above 0", config.temperature > 0),
        ("nucleus_dropout must be between 0 and 0.5", 0 <= config.nucleus_dropout <= 0.5),
        ("weight_decay must not be negative", config.weight_decay >= 0),
        ("contrastive_weight must not be negative", config.contrastive_weight >= 0),
        ("warmup_steps must not be negative", config.warmup_steps >= 0),
        ("memory_gb must not be negative", config.memory_gb >= 0),
        ("seed must not be negative", config.seed >= 0),
    ]
    for rule, holds in rules:
        if not holds:
            raise UsageError(f"{source}: {rule}")
