"""Create all files of this folder from the shifts in compounds.py, or check how the shipped model ranks them.

    python examples/make_examples.py            # writes the spectra, the lists and the libraries
    python examples/make_examples.py --check    # ranks each compound's spectra in the library

The same versions of the Python packages give the same files, bit for bit.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from compounds import (
    CANDIDATES,
    COMPOUNDS,
    CRUDE,
    CRUDE_SPECIES,
    DEMO,
    DEMO_H1,
    OLEFINATION,
    REACTION,
    REAGENTS,
    SECOND,
    SOLVENT_LEFT,
    Compound,
)
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdDepictor

from specmol_core.shifts.atoms import AtomShifts
from specmol_core.simulation.config import SimulationConfig
from specmol_core.simulation.ranges import IDEAL, LogNormal
from specmol_core.simulation.simulate import simulate
from specmol_core.simulation.writers.measurement import DATE, Measurement, measurements
from specmol_core.simulation.writers.sample_files import FileFormat, sample_files
from specmol_core.spectra.canonical_image import write_plot
from specmol_core.spectra.spectrum import NUCLEI, Spectrum

FOLDER = Path(__file__).parent
SETTINGS = SimulationConfig(
    points=4800,
    h1_error_ppm=0.0,
    c13_error_ppm=0.0,
    solvent="CDCl3",
    frequency_mhz=400.0,
    ranges=replace(
        IDEAL,
        h1=replace(IDEAL.h1, noise=LogNormal(0.001)),
        c13=replace(IDEAL.c13, noise=LogNormal(0.005), intensity=0.12),
    ),
)
"""Settings of the simulator: exact shifts, a good instrument, and no solvent lines."""
FILE_SETTINGS = replace(
    SETTINGS,
    points=32_768,
    ranges=replace(
        SETTINGS.ranges,
        h1=replace(
            SETTINGS.ranges.h1,
            lorentz_hz=LogNormal(1.5),
            noise=LogNormal(0.0005),
            solvent_probability=1.0,
            solvent_height=LogNormal(0.15),
            reference_probability=1.0,
            reference_height=LogNormal(0.05),
        ),
        c13=replace(
            SETTINGS.ranges.c13,
            noise=LogNormal(0.008),
            solvent_probability=1.0,
            solvent_height=LogNormal(0.8),
            reference_probability=1.0,
            reference_height=LogNormal(0.1),
        ),
    ),
)
"""Settings of the files in spectrometers' formats: with solvent and TMS, at a spectrometer's resolution."""
CSV_POINTS = 16_384
"""Points of the CSV files, which are large."""
CONVERSIONS = (0, 25, 50, 75, 100)
"""Mole percent of the product in each aliquot of the reaction."""

Traces = dict[str, NDArray[np.float32]]


SERIES_TIMES = (60, 300, 600, 1200, 1800, 2700, 3600, 5400)
SERIES_RATE = 7e-4
SERIES_POINTS = 8192
"""Times (s), rate constant (1/s) and points of the spectra of the series."""


def atom_shifts(compound: Compound) -> tuple[Chem.Mol, AtomShifts]:
    """Return the molecule of a compound, and its shifts by atom."""
    mol = Chem.MolFromSmiles(compound.smiles)
    carbons = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
    hydrogens = [(a.GetIdx(), a.GetTotalNumHs()) for a in mol.GetAtoms() if a.GetTotalNumHs()]
    c13 = dict(zip(carbons, compound.c13, strict=True))
    h1 = {i: [shift] * count for (i, count), shift in zip(hydrogens, compound.h1, strict=True)}
    return mol, AtomShifts(c13, h1)


def traces(name: str) -> Traces:
    """Return both traces of a compound by nucleus; the strongest line is 1."""
    mol, shifts = atom_shifts(COMPOUNDS[name])
    pair = simulate(mol, shifts, np.random.default_rng(zlib.crc32(name.encode())), SETTINGS)
    return {"1H": pair.h1_trace, "13C": pair.c13_trace}


def measured(name: str, points: int) -> list[Measurement]:
    """Both spectra of a compound as a spectrometer records them."""
    settings = replace(FILE_SETTINGS, points=points)
    mol, shifts = atom_shifts(COMPOUNDS[name])
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return measurements(simulate(mol, shifts, rng, settings, sampled=True), settings, name)


def spectrum_files() -> dict[str, bytes]:
    """The demo compound's spectra in the formats of spectrometers and of papers, by path."""
    fine, coarse = (measured(DEMO, points) for points in (FILE_SETTINGS.points, CSV_POINTS))

    def files(spectra: list[Measurement], file_format: FileFormat) -> dict[str, bytes]:
        return sample_files("sample", spectra, file_format)

    tables = files(fine, "jcamp") | files(coarse, "csv") | peak_lists()
    return {
        "sample.zip": zipped(files(fine, "bruker")),
        "si_text.txt": sentences().encode(),
        **{f"spectra/{path}": content for path, content in tables.items()},
    }


def peak_lists() -> dict[str, bytes]:
    h1 = "".join(f"{ppm:.2f},{count},{kind},{j or ''}\n" for ppm, count, kind, j in DEMO_H1)
    c13 = "".join(f"{ppm:.1f}\n" for ppm in c13_shifts())
    return {
        "sample_h1_peaks.csv": f"# 1H NMR (400 MHz, CDCl3)\nppm,nH,multiplicity,J\n{h1}".encode(),
        "sample_c13_peaks.csv": f"# 13C NMR (101 MHz, CDCl3)\nppm\n{c13}".encode(),
    }


def sentences() -> str:
    """The two sentences of a paper's supporting information."""
    h1 = ", ".join(f"{ppm:.2f} ({kind}, {f'J = {j} Hz, ' if j else ''}{count}H)" for ppm, count, kind, j in DEMO_H1)
    c13 = ", ".join(f"{ppm:.1f}" for ppm in c13_shifts())
    return f"1H NMR (400 MHz, CDCl3) δ {h1}.\n13C NMR (101 MHz, CDCl3) δ {c13}.\n"


def c13_shifts() -> list[float]:
    return sorted(set(COMPOUNDS[DEMO].c13), reverse=True)


def mixed(amounts: Mapping[str, float], title: str, points: int) -> list[Measurement]:
    """The 1H spectrum of a mixture of compounds in these amounts."""
    compounds = {**COMPOUNDS, **REAGENTS, "ethyl acetate": SOLVENT_LEFT}
    settings = replace(SETTINGS, points=points)
    settings = replace(settings, ranges=replace(settings.ranges, h1=replace(
        settings.ranges.h1, lorentz_hz=LogNormal(1.5), noise=LogNormal(0.0005))))  # fmt: skip
    trace = np.zeros(settings.points)
    for name, amount in amounts.items():
        mol, shifts = atom_shifts(compounds[name])
        pair = simulate(mol, shifts, np.random.default_rng(zlib.crc32(name.encode())), settings, sampled=True)
        protons = sum(a.GetTotalNumHs() for a in mol.GetAtoms())
        trace += amount * protons * pair.h1_trace / pair.h1_trace.sum(dtype=np.float64)
    spectrum = Spectrum(
        "1H",
        settings.axis("1H"),
        (trace / trace.max()).astype(np.float32),
        frequency_mhz=400.0,
        solvent="CDCl3",
    )
    return [Measurement(spectrum, title, "zg30", 4.0)]


def series_files() -> dict[str, bytes]:
    """The 1H spectra of the olefination, a reaction of first order, and the table of their times, by path."""
    files: dict[str, bytes] = {}
    rows = ["path,time"]
    for number, time in enumerate(SERIES_TIMES, 1):
        converted = 1 - np.exp(-SERIES_RATE * time)
        amounts = {name: start + change * converted for name, (start, change) in OLEFINATION.items()}
        (content,) = sample_files("", mixed(amounts, f"olefination, {time} s", SERIES_POINTS), "jcamp").values()
        files[f"series/{number}.jdx"] = content
        rows.append(f"series/{number}.jdx,{time}")
    smiles = {name: {**COMPOUNDS, **REAGENTS}[name].smiles for name in OLEFINATION}
    names = "".join(f"{text} {name}\n" for name, text in smiles.items())
    return files | {"series.csv": ("\n".join(rows) + "\n").encode(), "series.smi": names.encode()}


def crude_files() -> dict[str, bytes]:
    """The crude product's spectrum and its species, by path."""
    structures = {name: COMPOUNDS[name].smiles for name in CRUDE_SPECIES}
    return {
        "crude.zip": zipped(sample_files("crude", mixed(CRUDE, "crude product", FILE_SETTINGS.points), "bruker")),
        "species.sdf": sd_file(structures).encode(),
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, DATE.timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(entry, content, compresslevel=9)
    return stream.getvalue()


def mixture(percent: int) -> Traces:
    """Return the traces of the reaction mixture with this percentage of the product.

    The traces of both compounds have strongest lines of 1 before they are mixed.
    """
    start, end = (traces(name) for name in REACTION)
    share = np.float32(percent / 100)
    return {nucleus: start[nucleus] * (1 - share) + end[nucleus] * share for nucleus in start}


def draw(folder: Path, stem: str, spectra: Traces) -> tuple[Path, Path]:
    """Write the images <stem>_h1.png and <stem>_c13.png, 1200 x 400 pixels."""
    files = folder / f"{stem}_h1.png", folder / f"{stem}_c13.png"
    for path, nucleus in zip(files, NUCLEI, strict=True):
        write_plot(path, Spectrum(nucleus, SETTINGS.axis(nucleus), spectra[nucleus]), 1200, 400)
    return files


def library() -> dict[str, str]:
    """Return the SMILES of all candidates by name, in alphabetical order, which is unrelated to the rank."""
    structures = {name: compound.smiles for name, compound in COMPOUNDS.items()} | CANDIDATES
    return dict(sorted(structures.items()))


def sd_file(structures: Mapping[str, str]) -> str:
    """Return the structures as the text of an SD file."""
    records = []
    for name, smiles in structures.items():
        mol = Chem.MolFromSmiles(smiles)
        rdDepictor.Compute2DCoords(mol)
        mol.SetProp("_Name", name)
        records.append(f"{Chem.MolToMolBlock(mol)}$$$$\n")
    return "".join(records)


def write_examples(folder: Path) -> None:
    """Write all files of the examples."""
    draw(folder, "demo", traces(DEMO))
    draw(folder, "second", traces(SECOND))
    for percent in CONVERSIONS:
        draw(folder, f"aliquot_{percent:03d}", mixture(percent))
    structures = library()
    files = {
        "candidates.sdf": sd_file(structures),
        "candidates.smi": "".join(f"{smiles} {name}\n" for name, smiles in structures.items()),
        "queries.csv": "id,h1,c13,library\n"
        "demo,demo_h1.png,demo_c13.png,\n"
        "second,second_h1.png,second_c13.png,\n"
        "second-by-13C,,second_c13.png,candidates.smi\n",
        "reaction.csv": "id,h1,c13\n"
        + "".join(f"{p},aliquot_{p:03d}_h1.png,aliquot_{p:03d}_c13.png\n" for p in CONVERSIONS),
    }
    contents = {name: text.encode() for name, text in files.items()} | spectrum_files()
    contents |= crude_files() | series_files()
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def check(checkpoint: Path | None) -> int:
    """Print the rank of each compound among the candidates; return 1 if the demo is not first."""
    from specmol_core import api
    from specmol_core.config import RankConfig

    session = api.Session(
        api.RankOptions(RankConfig(top=0)),
        model=api.ModelOptions(checkpoint),
        libraries=api.LibraryOptions(use_cache=False),
    )
    demo_rank = 0
    print(f"{'compound':34}{'rank':>5}{'1H':>5}{'13C':>5}  probability  margin  best")
    with tempfile.TemporaryDirectory() as folder_name:
        for name in COMPOUNDS:
            h1, c13 = draw(Path(folder_name), "spectrum", traces(name))
            ranks = []
            for files in ((h1, c13), (h1, None), (None, c13)):
                ranking = session.rank(api.QueryFiles(name, *files), FOLDER / "candidates.smi").candidates
                truth = next(c for c in ranking if c.name == name)
                ranks.append((truth, ranking))
            truth, (best, *others) = ranks[0]
            demo_rank = truth.rank if name == DEMO else demo_rank
            margin = best.score - others[0].score
            rank_cells = "".join(f"{r[0].rank:5}" for r in ranks)
            print(f"{name:34}{rank_cells}  {truth.probability:11.4f}{margin:8.2f}  {best.name}")
    return int(demo_rank != 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="rank the compounds instead of writing files")
    parser.add_argument("--checkpoint", type=Path, help="trained model to check (default: the shipped one)")
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder to write to (default: this one)")
    arguments = parser.parse_args()
    if arguments.check:
        return check(arguments.checkpoint)
    write_examples(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
