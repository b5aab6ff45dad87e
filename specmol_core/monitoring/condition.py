"""The condition that ends a series: a fraction or a conversion that is reached."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rdkit import Chem, rdBase

from specmol_core.errors import UsageError

__all__ = ["Condition", "parse_condition"]

_FORM = re.compile(r"\s*(?P<name>\S.*?)\s*(?P<sign>>=|<=|>|<)\s*(?P<value>[0-9.]+)\s*(?P<percent>%?)\s*")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
CONVERSION = "conversion"


@dataclass(frozen=True)
class Condition:
    """A comparison of one quantity of a series with a number."""

    quantity: str
    """Name of a species, for its mole fraction, or ``conversion``."""
    sign: str
    value: float

    def is_met(self, values: Mapping[str, float | None]) -> bool:
        """Return whether the condition holds; False if the quantity is not known.

        Parameters
        ----------
        values
            Mole fraction of each species by its name, and ``conversion``.
        """
        found = values.get(self.quantity)
        return found is not None and _SIGNS[self.sign](found, self.value)


def parse_condition(text: str, species: Sequence[tuple[str, str]]) -> Condition:
    """Return the condition of a text such as ``product>0.95`` or ``conversion>=95%``.

    Parameters
    ----------
    species
        Name and SMILES of each species; either can be written.

    Raises
    ------
    UsageError
        If the text is no comparison, names no species, or compares with no number from 0 to 1.

    Examples
    --------
    >>> parse_condition("OCC > 90 %", [("ethanol", "CCO")])
    Condition(quantity='ethanol', sign='>', value=0.9)
    """
    found = _FORM.fullmatch(text)
    try:
        value = float(found["value"]) if found else -1.0
    except ValueError:
        value = -1.0
    if found is not None and found["percent"]:
        value /= 100.0
    if found is None or not 0.0 <= value <= 1.0:
        raise UsageError(f"--until {text!r}: give a comparison with a number from 0 to 1, as in 'conversion>0.95'")
    name = found["name"]
    if name == CONVERSION:
        return Condition(name, found["sign"], value)
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(name) if name not in [known for known, _ in species] else None
    canonical = None if mol is None else Chem.MolToSmiles(mol)
    for known, smiles in species:
        if name == known or canonical == smiles:
            return Condition(known, found["sign"], value)
    names = ", ".join(known for known, _ in species)
    raise UsageError(f"--until {text!r}: {name} is no species; write conversion or one of {names}")
