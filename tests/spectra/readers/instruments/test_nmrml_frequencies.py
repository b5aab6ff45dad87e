from __future__ import annotations

import pytest

from specmol_core.spectra.readers.instruments.decay import Sense
from specmol_core.spectra.readers.instruments.nmrml_document import Acquisition, Quantity
from specmol_core.spectra.readers.instruments.nmrml_frequencies import sense_of_origin, settle_frequencies


def settle(nucleus: str = "1H", origin: str = "", **stated: tuple[float, str]):
    return settle_frequencies(
        Acquisition(**{name: Quantity(*value) for name, value in stated.items()}), nucleus, origin
    )


def test_frequencies_of_a_varian_fid() -> None:
    # The numbers of a measured hop extract: the transmitter is at 8.01 ppm, and tof is no carrier.
    found = settle(
        origin="Varian VNMR format",
        field=(599.826355589, "MHz"),
        irradiation=(599.8311617, "MHz"),
        offset=(1799.4, "MHz"),
        width=(12019.23, "Hz"),
    )

    assert (found.frequency_mhz, found.width_hz, found.warnings) == (599.826355589, 12019.23, ())
    assert found.carrier_ppm == pytest.approx(8.0125, abs=1e-3)


def test_frequencies_of_a_bruker_fid() -> None:
    stated = {"field": (699.87, "MHz"), "irradiation": (699.8732905, "MHz"), "offset": (3290.5, "MHz")}
    found = settle(**stated)

    assert found.carrier_ppm == pytest.approx(3290.5 / 699.87, abs=1e-6)
    assert found.warnings == ()
    other = settle(**(stated | {"offset": (1000.0, "Hz")}))
    assert other.carrier_ppm == pytest.approx(found.carrier_ppm)
    assert "states two carriers: 4.70 ppm by its frequencies, which was used, and 1.43 ppm" in other.warnings[0]


@pytest.mark.parametrize(
    ("field", "irradiation", "mhz"),
    [
        ((11.74, "T"), (499.84, "MHz"), 499.84),
        ((11.74, "T"), (4.9984e8, "Hz"), 499.84),
        ((11.74, ""), (4.9984e8, ""), 499.84),
        ((0.49984, "GHz"), None, 499.84),
        ((39682.54, "MHz"), (599.4094446, "Hz"), 599.4094446),
        ((4.9984e8, "MHz"), None, 499.84),
        ((11.74, "T"), None, 499.8596),
    ],
)
def test_units_are_those_of_the_file_or_of_the_magnitude(field, irradiation, mhz: float) -> None:
    found = settle(field=field, **({"irradiation": irradiation} if irradiation else {}))

    assert found.frequency_mhz == pytest.approx(mhz, rel=1e-6)
    assert found.carrier_ppm is None


def test_a_unit_that_cannot_be_is_a_warning() -> None:
    found = settle(field=(39682.54, "MHz"), irradiation=(599.4094446, "Hz"))

    assert found.warnings == (
        "its irradiation frequency of 599.409 Hz was taken as 599.409 MHz",
        "its effective excitation field of 39682.5 MHz is impossible and was ignored",
    )


def test_a_magnet_gives_each_nucleus_its_own_frequency() -> None:
    assert settle("13C", field=(9.4, "T")).frequency_mhz == pytest.approx(100.637, abs=0.01)


@pytest.mark.parametrize("offset", [(5.0, "ppm"), (2000.0, "Hz"), (2000.0, "MHz"), (0.002, "MHz"), (2.0, "kHz")])
def test_the_offset_serves_where_the_frequencies_are_rounded(offset: tuple[float, str]) -> None:
    found = settle(field=(400.0, "MHz"), irradiation=(400.0, "MHz"), offset=offset)

    assert found.carrier_ppm == pytest.approx(5.0)


def test_a_carrier_that_cannot_be_is_ignored_with_a_warning() -> None:
    found = settle(field=(599.8, "MHz"), irradiation=(599.9, "MHz"))

    assert found.carrier_ppm is None
    assert "is impossible and was ignored" in found.warnings[0]


@pytest.mark.parametrize(
    ("width", "hertz"),
    [((6000.0, "Hz"), 6000.0), ((6.0, "kHz"), 6000.0), ((15.0, "ppm"), 6000.0), ((6000.0, "MHz"), 6000.0)],
)
def test_widths(width: tuple[float, str], hertz: float) -> None:
    assert settle(irradiation=(400.0, "MHz"), width=width).width_hz == pytest.approx(hertz)


def test_the_sense_of_each_instrument() -> None:
    assert sense_of_origin("Bruker UXNMR/XWIN-NMR format") == (False, Sense.EXPECTED)
    assert sense_of_origin("JEOL Delta") == (True, Sense.EXPECTED)
    assert sense_of_origin("") == sense_of_origin("Bruker TopSpin, Varian VNMR") == (False, Sense.UNKNOWN)
