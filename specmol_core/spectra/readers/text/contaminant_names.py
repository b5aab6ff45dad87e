"""Recognise words that name the solvent, water or an impurity, not an atom of the compound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specmol_core.spectra.readers.text.multiplicity import multiplicity_of
from specmol_core.spectra.reference.impurities import IMPURITIES
from specmol_core.spectra.reference.solvents import Solvent, solvent_named

__all__ = ["named_contaminant"]

_PARTS = re.compile(r"[,;()\[\]/+:=]|\band\b|&")
_COUNT = re.compile(r"\d{1,3}(?:\.\d{1,2})?\s?(?:[HC]|Hz)?")
_FILLERS = frozenset((
    "residual", "residue", "residues", "res", "solvent", "solvents", "solv", "peak", "peaks", "signal", "signals",
    "line", "lines", "resonance", "from", "of", "in", "the", "trace", "traces", "undeuterated", "non-deuterated",
    "nondeuterated", "protic", "protio", "protonated", "deuterated", "reference", "ref", "referenced", "internal",
    "standard", "std", "calibrated", "set", "to", "as", "at", "on", "by", "nmr", "partially", "partly", "central",
    "centre", "center", "middle", "impurity", "impurities", "contaminant", "contamination", "contaminants",
    "dissolved", "adventitious", "multiplet", "ppm", "remaining", "crystal", "free",
))  # fmt: skip
_TELLING = frozenset((
    "residual", "residue", "res", "solvent", "solvents", "solv", "undeuterated", "non-deuterated", "nondeuterated",
    "reference", "ref", "referenced", "standard", "std", "impurity", "impurities", "contaminant", "contaminants",
    "contamination", "trace", "traces", "adventitious",
))  # fmt: skip
"""Words that by themselves say that a line is not the compound's."""
_UNNAMED = frozenset((
    "solvent", "solvents", "solv", "reference", "standard", "impurity", "impurities", "contaminant", "contaminants",
))  # fmt: skip
_WATER = frozenset(("h2o", "hdo", "hod", "hoh", "dho", "doh", "water"))
_GREASES = frozenset(
    ("grease", "hgrease", "hydrocarbongrease", "vacuumgrease", "siliconegrease", "siliconeoil", "apiezon", "pumpoil")
)
_ISOTOPOLOGUES = {
    "chcl3": "CDCl3", "chd2od": "CD3OD", "cd2hod": "CD3OD", "chd2cn": "CD3CN", "cd2hcn": "CD3CN", "chdcl2": "CD2Cl2",
    "cdhcl2": "CD2Cl2", "c6d5h": "C6D6", "c6hd5": "C6D6", "dmsod5": "DMSO-d6", "acetoned5": "acetone-d6",
    "methanold3": "CD3OD", "acetonitriled2": "CD3CN", "benzened5": "C6D6", "toluened7": "toluene-d8", "thfd7": "THF-d8",
    "cd3socd2h": "DMSO-d6", "cd3cocd2h": "acetone-d6", "cd2hcocd3": "acetone-d6", "d5dmso": "DMSO-d6",
}  # fmt: skip
"""Molecules of a solvent that keep one proton, in lower case without separators."""
_IMPURITY_NAMES = {
    "dcm": "dichloromethane", "ch2cl2": "dichloromethane", "methylenechloride": "dichloromethane",
    "etoac": "ethyl acetate", "acoet": "ethyl acetate", "ea": "ethyl acetate", "et2o": "diethyl ether",
    "ether": "diethyl ether", "hexane": "n-hexane", "hexanes": "n-hexane", "pentane": "n-pentane",
    "thf": "tetrahydrofuran",
    "dmf": "dimethylformamide", "mecn": "acetonitrile", "ch3cn": "acetonitrile",
    "meoh": "methanol", "ch3oh": "methanol",
    "etoh": "ethanol", "et3n": "triethylamine", "net3": "triethylamine", "acoh": "acetic acid", "chcl3": "chloroform",
    "dmso": "dimethyl sulfoxide", "iproh": "2-propanol", "isopropanol": "2-propanol", "ch3no2": "nitromethane",
    "14dioxane": "dioxane",
}  # fmt: skip
_IMPURITY_OF = {re.sub(r"[^a-z\d]", "", impurity.name): impurity for impurity in IMPURITIES}
_PLAIN = re.compile(r"[^a-z\d]")
_ALL_NAMES = frozenset((*_WATER, *_GREASES, *_ISOTOPOLOGUES, *_IMPURITY_NAMES, *_IMPURITY_OF, "tms", "me4si", "sime4",
                        "tetramethylsilane"))  # fmt: skip
_GROUP_NAMES = frozenset(("py", "pyr", "pyridine", "tol", "toluene", "benzene", "dioxane", "14dioxane", "ether"))
"""Names that authors also give to groups of the compound."""
_DEUTERIUM = re.compile(r"CD|C\dD|D2 ?O|OD\b|[-_ ]d\d{0,2}\b|\bd\d{1,2}[-_]|\[D|[a-zO]d\d$")
_MAX_OFFSET_PPM = {"1H": 0.4, "13C": 2.0}
"""Largest distance of a line from the position of the solvent whose name it bears (ppm). A solvent
in brackets at the end of a sentence is a condition of the measurement."""
_MAX_IMPURITY_OFFSET_PPM = {"1H": 0.15, "13C": 0.8}
_TMS_RANGE_PPM = 0.06
_MAX_LENGTH = 200


def named_contaminant(words: Sequence[str], ppm: float, nucleus: str, solvent: str | None, *, counted: bool) -> str:
    """Return what the words about a line name, if they name the solvent, water or an impurity alone; else "".

    A name beside an assignment (``OH + H2O``, ``overlapped with solvent``, ``D2O exchangeable``) is
    none. The line must be where the solvent or the impurity is known to be.

    Parameters
    ----------
    words
        Plain text about the line, without coupling constants.
    solvent
        Solvent of the spectrum as stated; None if unknown.
    counted
        Whether a number of nuclei is stated; such a line is of a solvent only if that is deuterated.

    Examples
    --------
    >>> named_contaminant(["s, H2O"], 4.87, "1H", "CD3OD", counted=False)
    'H2O'
    >>> named_contaminant(["br s, 1H, OH, D2O exch."], 5.1, "1H", "CDCl3", counted=True)
    ''
    """
    text = ", ".join(words)
    if not text or len(text) > _MAX_LENGTH:
        return ""
    stated, found, is_telling = solvent_named(solvent), "", False
    for part in _PARTS.split(text.replace("(CD3)", "CD3").replace("(CH3)", "CH3").replace("(CD2H)", "CD2H")):
        name, tells = _without_fillers(part.strip(" .*#†‡"))
        is_telling |= tells
        if not name:
            continue
        if _PLAIN.sub("", name.lower()) not in _ALL_NAMES and solvent_named(name) is None:
            return ""
        found = found or name
    if not found:
        unnamed = {word.strip(" .").lower() for word in re.split(r"[\s,;()]+", text)} & _UNNAMED
        return _at_position(sorted(unnamed)[0], stated, ppm, nucleus) if unnamed else ""
    return found if _is_contaminant(found, ppm, nucleus, stated, counted and not is_telling, is_telling) else ""


def _without_fillers(part: str) -> tuple[str, bool]:
    """The words of a part that are neither multiplicity, count nor filler; and whether a filler tells the origin."""
    if not part or multiplicity_of(part) or _COUNT.fullmatch(part):
        return "", False
    kept: list[str] = []
    tells = False
    for index, word in enumerate(part.split()):
        plain = word.strip(".,*").lower()
        tells |= plain in _TELLING
        is_multiplicity = index == len(kept) == 0 and multiplicity_of(word) != ""
        if plain not in _FILLERS and not is_multiplicity and not _COUNT.fullmatch(word):
            kept.append(word)
    return " ".join(kept), tells


def _is_contaminant(
    name: str, ppm: float, nucleus: str, stated: Solvent | None, is_counted: bool, is_telling: bool
) -> bool:
    plain = _PLAIN.sub("", name.lower())
    if plain in _WATER:
        return nucleus == "1H" and -0.5 <= ppm <= 6.5
    if plain in ("tms", "me4si", "sime4", "tetramethylsilane"):
        return not is_counted and abs(ppm) <= _TMS_RANGE_PPM
    if plain in _GREASES:
        return -0.5 <= ppm <= 1.7 if nucleus == "1H" else -1.0 <= ppm <= 33.0
    solvent = solvent_named(_ISOTOPOLOGUES.get(plain, name))
    is_deuterated = plain in _ISOTOPOLOGUES or _DEUTERIUM.search(name) is not None
    if solvent is not None and solvent.name == "D2O" and (stated is None or stated.name != "D2O"):
        return False  # an exchange with D2O
    is_plainly_named = stated == solvent and not is_counted and (is_telling or plain not in _GROUP_NAMES)
    if solvent is not None and (is_deuterated or is_plainly_named):
        return bool(_at_position(name, solvent, ppm, nucleus))
    impurity = _IMPURITY_OF.get(_PLAIN.sub("", _IMPURITY_NAMES.get(plain, plain)))
    if impurity is None or (is_counted and not is_telling):
        return False
    if not is_telling and plain in _GROUP_NAMES:
        return False
    known = impurity.signals_or_default(nucleus, stated.name if stated is not None else "CDCl3")
    return any(abs(ppm - signal.ppm) <= _MAX_IMPURITY_OFFSET_PPM[nucleus] for signal in known)


def _at_position(name: str, solvent: Solvent | None, ppm: float, nucleus: str) -> str:
    """The name if the line is near a line of the solvent or of its water, or if the solvent is unknown."""
    if solvent is None:
        return name
    known = [signal.ppm for signal in solvent.signals(nucleus)] + ([solvent.water_ppm] if nucleus == "1H" else [])
    return name if any(abs(ppm - shift) <= _MAX_OFFSET_PPM[nucleus] for shift in known) else ""
