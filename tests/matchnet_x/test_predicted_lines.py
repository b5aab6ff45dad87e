from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from support.by_hand import BUTANONE, ETHANOL, ETHYL_ACETATE, TETRACHLOROMETHANE, Molecule, molecule

from specmol_core.matchnet_x.predicted_lines import (
    CARBON_KINDS,
    COUNTER_ION_FLAG,
    FIRST_EXCHANGING_KIND,
    KIND_COUNTS,
    LINE_DTYPE,
    PROTON_KINDS,
    VICINAL_COUNTS,
    atoms_of_lines,
    pack_lines,
    predicted_lines,
    unpack_lines,
)
from specmol_core.shifts.graph import shift_graph
from specmol_core.shifts.predictor import ShiftPredictor

PROPANE_12_DIOL = molecule("CC(O)CO", {0: 18.7, 1: 68.3, 3: 67.8}, {0: 1.15, 1: 3.9, 2: 2.5, 3: (3.6, 3.4), 4: 2.3})


def named(one: Molecule) -> dict[str, list[tuple[float, int]]]:
    """Shift and number of nuclei of the 1H lines of each kind."""
    lines = unpack_lines([one.stored], "1H")
    result: dict[str, list[tuple[float, int]]] = {}
    for ppm, count, kind in zip(lines.ppm, lines.nuclei, lines.kind, strict=True):
        result.setdefault(PROTON_KINDS[kind // VICINAL_COUNTS], []).append((round(float(ppm), 3), int(count)))
    return result


def test_lines_of_ethyl_acetate() -> None:
    c13, h1 = (unpack_lines([ETHYL_ACETATE.stored], nucleus) for nucleus in ("13C", "1H"))

    assert c13.ppm == pytest.approx([14.2, 21.0, 60.5, 171.4], abs=0.005)
    assert [CARBON_KINDS[kind] for kind in c13.kind] == ["CH3", "CH3", "CH2", "C"]
    assert h1.ppm == pytest.approx([1.26, 2.05, 4.12], abs=5e-4)
    assert h1.nuclei.tolist() == [3, 3, 2]


def test_equivalent_atoms_have_one_line() -> None:
    shifts = {1: 134.7, **dict.fromkeys((2, 3, 6, 7), 129.0), 4: 134.7, 0: 20.9, 5: 20.9}
    xylene = molecule("Cc1ccc(C)cc1", shifts, {0: 2.3, 5: 2.3, **dict.fromkeys((2, 3, 6, 7), 7.05)})

    assert unpack_lines([xylene.stored], "13C").nuclei.tolist() == [2, 4, 2]
    assert unpack_lines([xylene.stored], "1H").nuclei.tolist() == [6, 4]


def test_equal_shifts_of_different_kinds_stay_two_lines() -> None:
    methanol = molecule("CO", {0: 50.0}, {0: 3.4, 1: 3.4})

    assert named(methanol) == {"CH3": [(3.4, 3)], "OH or SH": [(3.4, 1)]}


def test_two_protons_of_a_ch2_have_two_lines_unless_predictions_are_equal() -> None:
    assert named(PROPANE_12_DIOL)["CH2"] == [(3.4, 1), (3.6, 1)]
    assert named(BUTANONE)["CH2"] == [(2.45, 2)]


@pytest.mark.parametrize(
    ("smiles", "kind"),
    [("CF", "CH3"), ("FCCF", "CH2"), ("FC(F)F", "CH"), ("FC=CF", "=CH"), ("C#CF", "=CH"), ("C1CC1", "CH2 in a ring"),
     ("c1ccccc1", "aromatic CH"), ("FNF", "NH"), ("FO", "OH or SH"), ("FS", "OH or SH"), ("F[SiH3]", "OH or SH")],
)  # fmt: skip
def test_kind_of_a_proton(smiles: str, kind: str) -> None:
    mol = Chem.MolFromSmiles(smiles)

    assert list(named(molecule(smiles, {}, {a.GetIdx(): 1.0 for a in mol.GetAtoms()}))) == [kind]


@pytest.mark.parametrize(
    ("smiles", "shifts", "neighbours"),
    [("CCO", {0: 1.0, 1: 2.0, 2: 3.0}, [2, 3, 2]), ("CC(C)CC", {1: 1.0}, [7]), ("C[C@H](O)[C@H](C)N", {1: 1.0}, [4])],
)
def test_hydrogens_on_the_carbons_next_to_a_proton(
    smiles: str, shifts: Mapping[int, float], neighbours: list[int]
) -> None:
    lines = unpack_lines([molecule(smiles, {}, shifts).stored], "1H")
    place = [int(np.abs(lines.ppm - ppm).argmin()) for ppm in shifts.values()]

    assert (lines.kind[place] % VICINAL_COUNTS).tolist() == neighbours


def test_exchanging_protons_are_the_last_kinds() -> None:
    lines = unpack_lines([ETHANOL.stored], "1H")

    assert (lines.kind >= FIRST_EXCHANGING_KIND).tolist() == [False, True, False]


def test_payloads_keep_lines_to_their_precision() -> None:
    one = molecule("CCF", {0: 22.3456, 1: -7.8912}, {0: 1.23456, 1: -0.98765})
    one.uncertainties_ppm[:] = 0.12345, 0.01234
    c13, h1 = (unpack_lines([one.stored], nucleus) for nucleus in ("13C", "1H"))

    assert len(one.stored) == 6 * (len(c13.ppm) + len(h1.ppm))
    assert c13.ppm == pytest.approx([-7.8912, 22.3456], abs=0.0051)
    assert h1.ppm == pytest.approx([-0.98765, 1.23456], abs=0.00051)
    assert c13.uncertainty_ppm == pytest.approx(0.12345, abs=0.00051)
    assert h1.uncertainty_ppm == pytest.approx(0.01234, abs=0.000051)


def test_shifts_are_clipped_to_the_range_of_storage() -> None:
    far = molecule("CF", {0: 1e6}, {0: -1e6})

    assert unpack_lines([far.stored], "13C").ppm == pytest.approx([327.67])
    assert unpack_lines([far.stored], "1H").ppm == pytest.approx([-32.768])


def test_many_molecules_equal_one_at_a_time() -> None:
    several = [ETHYL_ACETATE, TETRACHLOROMETHANE, PROPANE_12_DIOL, ETHANOL]
    means, uncertainties_ppm = (np.concatenate([m[i] for m in several]) for i in (1, 2))

    together = predicted_lines([m.graph for m in several], means, uncertainties_ppm)

    assert [pack_lines(lines) for lines in together] == [m.stored for m in several]


def test_lines_of_molecules_follow_each_other() -> None:
    stored = [ETHYL_ACETATE.stored, b"", TETRACHLOROMETHANE.stored, ETHANOL.stored]

    together = unpack_lines(stored, "1H")

    assert together.line_starts.tolist() == [0, 3, 3, 3, 6]
    for row in (0, 3):
        own = slice(together.line_starts[row], together.line_starts[row + 1])
        for part, alone in zip(together[:4], unpack_lines([stored[row]], "1H"), strict=False):
            assert part[own].tolist() == alone.tolist()


@pytest.mark.parametrize("damaged", [b"\0", ETHANOL.stored[:-1], ETHANOL.stored + b"\0\0"])
def test_incomplete_payloads_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="stored lines are incomplete"):
        unpack_lines([ETHYL_ACETATE.stored, damaged], "13C")


@pytest.mark.parametrize(
    ("nucleus", "kind"), [("13C", KIND_COUNTS["13C"]), ("13C", COUNTER_ION_FLAG + KIND_COUNTS["13C"])]
)
def test_a_kind_that_does_not_exist_is_refused(nucleus: str, kind: int) -> None:
    line = np.array([(1000, 100, 1, kind)], LINE_DTYPE)

    with pytest.raises(ValueError, match="unknown kind"):
        unpack_lines([pack_lines(line)], nucleus)


@pytest.mark.parametrize(
    ("one", "c13", "h1"),
    [
        (ETHYL_ACETATE, [(0,), (4,), (1,), (3,)], [(0,), (4,), (1,)]),
        (PROPANE_12_DIOL, [(0,), (3,), (1,)], [(0,), (4,), (2,), (3,), (3,), (1,)]),
    ],
)
def test_atoms_of_lines(one: Molecule, c13: list[tuple[int, ...]], h1: list[tuple[int, ...]]) -> None:
    for nucleus, atoms in (("13C", c13), ("1H", h1)):
        assert atoms_of_lines(one.graph, one.means, unpack_lines([one.stored], nucleus), nucleus) == atoms


@pytest.mark.parametrize("smiles", ["CC(C)C[C@H](N)C(=O)O", "Cc1ccc(C)cc1"])
def test_every_atom_belongs_to_a_line(smiles: str, random_predictor: Path) -> None:
    graph = shift_graph(Chem.MolFromSmiles(smiles))
    (_, means, uncertainties_ppm), *_ = ShiftPredictor.load(random_predictor).batches([graph])
    stored = pack_lines(predicted_lines([graph], means, uncertainties_ppm)[0])

    lines = unpack_lines([stored], "1H")
    atoms = atoms_of_lines(graph, means, lines, "1H")

    bearing = np.flatnonzero(graph.atoms[:, 2]).tolist()
    assert sorted({atom for line in atoms for atom in line}) == bearing
    assert all(atoms)
    assert int(lines.nuclei.sum()) == int(graph.atoms[:, 2].sum())
