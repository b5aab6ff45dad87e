"""Values of shared options."""

from __future__ import annotations

import pytest

from specmol_cli.options import Device, parse_window
from specmol_core.config import RankConfig
from specmol_core.errors import UsageError
from specmol_core.matchnet.config import TrainConfig


@pytest.mark.parametrize(
    ("text", "window"), [("12.05,-2", (12.05, -2.0)), (" 230 , -2.5 ", (230.0, -2.5)), (None, None)]
)
def test_window_is_two_numbers_high_to_low(text: str | None, window: tuple[float, float] | None) -> None:
    assert parse_window(text, "--h1-range") == window


@pytest.mark.parametrize("text", ["", "12", "a,b", "1,2,3", "0,12", "5,5", "inf,0", "12,nan", "1e9,0"])
def test_wrong_window_names_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--h1-range"):
        parse_window(text, "--h1-range")


def test_default_devices_can_be_chosen() -> None:
    assert {RankConfig().device, TrainConfig().device} <= set(Device)
