"""Quantify the species of a mixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specmol_core.errors import UsageError
from specmol_core.mixtures.config import QuantifyConfig
from specmol_core.progress import ProgressFactory, no_progress

if TYPE_CHECKING:
    from specmol_core.evaluation.mixtures.amounts import MeasuredAmounts
    from specmol_core.mixtures.fitter import MixtureFitter
    from specmol_core.mixtures.quantification import Quantification
    from specmol_core.mixtures.species import Species
    from specmol_core.spectra.readers.source import SourceFiles
    from specmol_core.spectra.spectrum import Nucleus, Spectrum

_SAME_FIELD = 0.01
"""Relative difference of two frequencies that counts as rounding."""

__all__ = ["evaluate_mixtures", "mixture_fitter", "quantify", "read_mixture_spectrum"]


def quantify(
    h1: Path | str | None,
    species: Path | str | Sequence[str] = (),
    *,
    c13: Path | str | None = None,
    reaction: str | None = None,
    solvent: str | None = None,
    standard: str | None = None,
    references: Mapping[str, Path | str] | None = None,
    amounts: Mapping[str, float] | None = None,
    field_mhz: float | None = None,
    config: QuantifyConfig | None = None,
    explain: Path | None = None,
    progress: ProgressFactory = no_progress,
) -> Quantification:
    """Return how much of each species is in a mixture, from one spectrum and the species' structures.

    Parameters
    ----------
    h1
        1H spectrum: a trace, not a list of peaks.
    species
        File of the species that may be in the mixture, or their SMILES.
    c13
        13C spectrum, in place of the 1H spectrum; its areas are worth little.
    reaction
        Reaction SMILES ``A.B>>C``, whose molecules are species too.
    solvent
        Solvent, by any usual name; it overrides the file. A protonated solvent of the table of
        impurities, such as ethanol, is taken as suppressed: its ranges do not count.
    standard
        SMILES of an internal standard, or ``SMILES:amount``; all amounts are then in its unit.
    references
        Spectrum of a pure species, by its name or SMILES, in place of its prediction.
    amounts
        Amount of a reactant at the start, by its name or SMILES; gives the yield.
    field_mhz
        Frequency of the nucleus, if the file does not state it (MHz).
    explain
        SVG or PNG file for a picture of the spectrum, the contributions and the residual.
    progress
        Called with the progress.

    Returns
    -------
    Quantification
        Mole fractions with intervals of 95 %, amounts where a standard is given, conversions of
        reactants, the signals of each species, and what none of them explains.

    Raises
    ------
    UsageError
        If both or no spectra are given, or the species cannot be fitted.
    SpectrumError, LibraryError, CheckpointError, OutputError
        If a file cannot be read or written.

    Examples
    --------
    >>> result = quantify("examples/crude.zip", "examples/species.sdf")
    >>> [(amount.name, round(amount.fraction, 1)) for amount in result.amounts]
    [('ethyl 4-methoxycinnamate', 0.7), ('4-methoxybenzaldehyde', 0.3), ('diethyl malonate', 0.0)]
    """
    from specmol_core.mixtures.picture import write_picture
    from specmol_core.mixtures.quantification import quantification_of

    if (h1 is None) == (c13 is None):
        raise UsageError("give one spectrum: --h1, or --c13 if there is no 1H spectrum")
    nucleus: Nucleus = "1H" if h1 is not None else "13C"
    source = h1 if h1 is not None else c13
    assert source is not None
    with progress(f"reading {source}"):
        spectrum = read_mixture_spectrum(source, nucleus, solvent, field_mhz)
    fitter, notes = mixture_fitter(
        species, nucleus=nucleus, reaction=reaction, solvent=solvent, standard=standard, references=references,
        amounts=amounts, field_mhz=field_mhz, config=config,
    )  # fmt: skip
    with progress("fitting the species"):
        fit = fitter.fit(spectrum)
    result = quantification_of(fit, fitter.config.coverage, tuple(notes))
    if explain is not None:
        write_picture(explain, fit, result)
    return result


def mixture_fitter(
    species: Path | str | Sequence[str] = (),
    *,
    nucleus: Nucleus = "1H",
    reaction: str | None = None,
    solvent: str | None = None,
    standard: str | None = None,
    references: Mapping[str, Path | str] | None = None,
    amounts: Mapping[str, float] | None = None,
    field_mhz: float | None = None,
    config: QuantifyConfig | None = None,
) -> tuple[MixtureFitter, list[str]]:
    """Return a fitter for spectra of one mixture or reaction, and warnings about its species.

    See ``quantify`` for the parameters and the errors.
    """
    from specmol_core.mixtures.fitter import MixtureFitter
    from specmol_core.shifts.predictor import ShiftPredictor

    members, notes = _species(species, reaction, standard, amounts or {})
    traces = {}
    for name, path in (references or {}).items():
        one = _named(members, name, "--reference")
        traces[one.name] = read_mixture_spectrum(path, nucleus, solvent, field_mhz)
    fitter = MixtureFitter(
        members, ShiftPredictor.load(), nucleus=nucleus, solvent=solvent, references=traces, config=config
    )
    return fitter, notes


def read_mixture_spectrum(
    source: Path | str,
    nucleus: Nucleus,
    solvent: str | None = None,
    field_mhz: float | None = None,
    files: SourceFiles | None = None,
) -> Spectrum:
    """Read a spectrum to be quantified.

    Parameters
    ----------
    solvent, field_mhz
        As of ``quantify``.
    files
        Keeps the file of a row for the next one; None keeps nothing.

    Raises
    ------
    SpectrumError, UsageError
        As ``read_spectrum``.
    """
    from specmol_core.api.spectra import read_spectrum_from
    from specmol_core.mixtures.suppressed import stated_solvent

    stated = stated_solvent(solvent, nucleus)
    spectrum = read_spectrum_from(files, source, nucleus, None, stated)
    if stated != solvent:
        spectrum = replace(spectrum, solvent=solvent)
    return spectrum if field_mhz is None else _with_field(spectrum, field_mhz)


def _with_field(spectrum: Spectrum, field_mhz: float) -> Spectrum:
    """Return a spectrum with the field that the user gives, if its file states none."""
    from specmol_core.spectra.readers.text.conditions import observed_frequency

    given, notes = observed_frequency(field_mhz, spectrum.nucleus)
    stated = spectrum.frequency_mhz
    if stated:
        notes = (
            [] if abs(given / stated - 1) < _SAME_FIELD else [f"the file states {stated:.4g} MHz: --field was not used"]
        )
    return replace(spectrum, frequency_mhz=stated or given, warnings=(*spectrum.warnings, *notes))


def _species(
    source: Path | str | Sequence[str], reaction: str | None, standard: str | None, amounts: Mapping[str, float]
) -> tuple[list[Species], list[str]]:
    """Return the species of file, reaction and standard, with stated amounts, and warnings."""
    from specmol_core.mixtures.reaction import reaction_species
    from specmol_core.mixtures.species import read_species, species_of_smiles

    notes: list[str] = []
    if isinstance(source, str | Path):
        members = read_species(source)
    else:
        members = [species_of_smiles(text, "species") for text in source]
    if reaction is not None:
        found, notes = reaction_species(reaction, members)
        written = {s.smiles for s in found}
        members = [*found, *(s for s in members if s.smiles not in written)]
    if standard is not None:
        one = _standard(standard)
        known = next((s.name for s in members if s.smiles == one.smiles), one.name)
        members = [*(s for s in members if s.smiles != one.smiles), replace(one, name=known)]
    for name, amount in amounts.items():
        one = _named(members, name, "--amount")
        members = [replace(s, amount=amount) if s is one else s for s in members]
    return members, notes


def _standard(text: str) -> Species:
    """Return the standard of ``SMILES`` or ``SMILES:amount``; SMILES with atom maps have colons in brackets only."""
    from specmol_core.mixtures.species import species_of_smiles

    smiles, colon, amount = text.rpartition(":")
    if not colon or "]" in amount:
        return species_of_smiles(text, "--standard", role="standard")
    try:
        value = float(amount)
    except ValueError:
        raise UsageError(f"--standard {text!r}: {amount!r} is no amount; give SMILES or SMILES:amount") from None
    if not 0 < value < float("inf"):
        raise UsageError(f"--standard {text!r}: the amount must be above 0, and finite")
    return replace(species_of_smiles(smiles, "--standard", role="standard"), amount=value)


def _named(members: Sequence[Species], name: str, option: str) -> Species:
    """Return the species with a name or SMILES.

    Raises
    ------
    UsageError
        If there is none.
    """
    for one in members:
        if name in (one.name, one.smiles):
            return one
    raise UsageError(f"{option} {name}: no species has this name; the species are {', '.join(s.name for s in members)}")


def evaluate_mixtures(
    folder: Path,
    *,
    pairs: Path | None = None,
    most: int = 0,
    seed: int = 0,
    config: QuantifyConfig | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Any]:
    """Measure the amounts of mixtures whose composition is known.

    Parameters
    ----------
    folder
        Folder with ``truth.json`` and the measured mixtures that it lists.
    pairs
        Folder of measured spectra of pure compounds with ``manifest.json``, of which sums of two are
        made; None measures none.
    most
        Number of sums; 0 for all.
    seed
        Seed of the sums' order, fractions and shifts.
    config
        Settings of the fit.
    progress
        Called with the progress.

    Returns
    -------
    dict
        ``mixtures``: one ``MeasuredAmounts`` for each mixture and method; ``figures``: errors and coverage by
        set and method.

    Raises
    ------
    DatasetError, CheckpointError
        If a folder or the predictor is unusable.
    """
    import numpy as np

    from specmol_core.evaluation.measured.raw_pairs import read_raw_pairs
    from specmol_core.evaluation.mixtures.amounts import measure, summary
    from specmol_core.evaluation.mixtures.known_mixtures import measured_mixtures, summed_pairs
    from specmol_core.shifts.predictor import ShiftPredictor

    predictor, settings = ShiftPredictor.load(), config or QuantifyConfig()
    sets = {"measured": list(measured_mixtures(folder))}
    if pairs is not None:
        rng = np.random.default_rng(seed)
        sums = list(summed_pairs(read_raw_pairs(pairs)[0], rng))
        chosen = rng.permutation(len(sums))[: most or None]
        sets["sums of pairs"] = [sums[k] for k in sorted(chosen.tolist())]
    rows: list[MeasuredAmounts] = []
    figures: dict[str, dict[str, dict[str, float]]] = {}
    with progress("quantifying") as advance:
        for name, members in sets.items():
            found = []
            for row in measure(members, predictor, settings):
                found.append(row)
                advance(len(rows) + len(found), None)
            rows += found
            figures[name] = summary(found)
    return {"mixtures": rows, "figures": figures}
