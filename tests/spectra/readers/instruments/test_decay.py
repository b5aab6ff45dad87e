from __future__ import annotations

import pytest

from specmol_core.spectra.geometry import Geometry
from specmol_core.spectra.readers.instruments.decay import Decay, Sense, process_decay
from specmol_core.spectra.readers.source import Request
from specmol_core.spectra.spectrum import Spectrum

WINDOWS = {"1H": Geometry.h1_window, "13C": Geometry.c13_window}


def processed(decay, solvent: str | None = "CDCl3", window=None, **facts) -> Spectrum:
    carrier = facts.pop("carrier_ppm", decay.middle)
    stated = Decay(decay.fid, decay.sw, decay.mhz, carrier, **facts)
    result = process_decay(stated, Request(decay.nucleus, window, WINDOWS[decay.nucleus]), solvent)
    return Spectrum(decay.nucleus, result.axis, result.trace, warnings=result.warnings)


def expected(decay) -> list[float]:
    return [ppm for ppm, _ in decay.lines]


@pytest.mark.parametrize("sense", list(Sense))
@pytest.mark.parametrize("clockwise", [False, True])
def test_the_stated_sense_puts_lines_at_their_shifts(spectrometers, lines_of, sense, clockwise) -> None:
    decay = spectrometers.Decay("13C")
    decay.fid = decay.fid.conj() if clockwise else decay.fid

    spectrum = processed(decay, sense=sense, clockwise=clockwise)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=2 * spectrum.axis.step)
    assert spectrum.warnings == ()


@pytest.mark.parametrize(("sense", "note"), [(Sense.EXPECTED, "was mirrored"), (Sense.UNKNOWN, "")])
def test_the_multiplet_of_the_solvent_overrules_the_sense(spectrometers, lines_of, sense, note) -> None:
    decay = spectrometers.Decay("13C")

    spectrum = processed(decay, sense=sense, clockwise=True)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=2 * spectrum.axis.step)
    assert len(spectrum.warnings) == bool(note)
    assert all(note in warning for warning in spectrum.warnings)


def test_a_multiplet_does_not_overrule_an_expected_sense_against_all_other_lines(spectrometers, lines_of) -> None:
    # Three lines of the compound that the mirror image takes to 77 ppm, where they look like chloroform.
    triplet = tuple((200.0 - ppm, 0.5) for ppm in (77.48, 77.16, 76.84))
    decay = spectrometers.Decay("13C", (*triplet, (45.0, 1.0), (30.1, 1.0), (22.4, 2.0), (14.1, 1.0), (129.3, 2.0)))

    spectrum = processed(decay, sense=Sense.EXPECTED)

    assert lines_of(spectrum) == pytest.approx(sorted(expected(decay), reverse=True), abs=2 * spectrum.axis.step)
    assert spectrum.warnings == ()


def test_a_single_line_does_not_overrule_an_expected_sense(spectrometers, lines_of) -> None:
    # Mirrored about the carrier, the line at 2.74 ppm would be taken as chloroform.
    decay = spectrometers.Decay("1H", ((6.4, 1.0), (2.74, 3.0)))

    spectrum = processed(decay, sense=Sense.EXPECTED)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=0.01)
    assert spectrum.warnings == ()


def test_a_single_line_of_the_solvent_decides_an_unknown_sense_with_a_warning(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H")

    spectrum = processed(decay, sense=Sense.UNKNOWN, clockwise=True)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=0.01)
    assert "does not state which way" in spectrum.warnings[0]


def test_usual_shifts_decide_an_unknown_sense_with_a_warning(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H", ((6.8, 1.0), (4.2, 2.0), (1.9, 3.0), (1.2, 3.0)))

    spectrum = processed(decay, None, sense=Sense.UNKNOWN, clockwise=True)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=0.01)
    assert "more usual shifts" in spectrum.warnings[0]


def test_without_evidence_the_stored_sense_is_used_with_a_warning(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H", ((6.4, 1.0), (3.6, 1.0)))

    spectrum = processed(decay, None, sense=Sense.UNKNOWN)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=0.01)
    assert "Bruker's way" in spectrum.warnings[0]


def test_a_defined_sense_is_never_changed(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("13C")

    spectrum = processed(decay, sense=Sense.DEFINED, clockwise=True)

    assert lines_of(spectrum) == pytest.approx(sorted((200.0 - x for x in expected(decay)), reverse=True), abs=0.1)


def test_a_fid_without_a_carrier_is_shown_with_a_warning(spectrometers) -> None:
    decay = spectrometers.Decay("1H")

    assert "states no carrier" in processed(decay, carrier_ppm=None, sense=Sense.DEFINED).warnings[0]
    given_a_range = processed(decay, carrier_ppm=None, sense=Sense.DEFINED, window=(12.5, -2.5))
    assert given_a_range.warnings == ()


def test_a_delay_that_is_not_stated_is_found(spectrometers, lines_of) -> None:
    decay = spectrometers.Decay("1H", delay=67.98)

    spectrum = processed(decay, sense=Sense.DEFINED)

    assert lines_of(spectrum) == pytest.approx(expected(decay), abs=0.01)
    assert spectrum.intensities.min() > -0.03
    assert "states no delay" in spectrum.warnings[0]
