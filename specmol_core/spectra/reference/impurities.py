"""Impurities: laboratory solvents, greases and reagents, with their shifts in ten solvents.

Sources
-------
[F] G. R. Fulmer et al., Organometallics 2010, 29, 2176, tables 1 and 2, with the corrections of its
    Supporting Information (tables S1 and S2, "Corrections and Comments"). All cells are from [F] unless a
    comment says otherwise.
[G] H. E. Gottlieb, V. Kotlyar, A. Nudelman, J. Org. Chem. 1997, 62, 7512. [F] took most cells of CDCl3,
    acetone-d6, DMSO-d6, C6D6, CD3CN, CD3OD and D2O from it, including misprints.
[B] N. R. Babij et al., Org. Process Res. Dev. 2016, 20, 661, who measured some of the compounds again. It
    is used where [F] repeats a misprint of [G], or gives two signals as one wide range.

The values were taken from transcriptions: [F] from the npm package nmr-processing 22.22.1, and the
Supporting Information of [F], [G] and [B] from the data of onlyls/NMRPeakQuery on GitHub.

If a source gives the range of a multiplet, the table has its middle. [F] rounds coupling constants to 7 Hz
(ethyl) and 6 Hz (isopropyl). The values here, 7.1 Hz and 6.2 Hz, are from [B], which gives 0.1 Hz for ethyl
esters and for 2-propanol (6.1 to 6.2).

Four 13C cells deviate by 0.5 to 3.5 ppm from the solvent effects on similar compounds, and look like
misprints. No other measurement was found, so the table has the values of [F]: CH2 of diethyl ether in
DMSO-d6 (62.05; similar ethers suggest 65.0), CH3 of n-pentane in DMSO-d6 (13.28; n-hexane suggests 13.82),
CH of 2-propanol in DMSO-d6 (64.92, also in [B]; ethanol suggests 62.3) and in THF-d8 (66.14; ethanol
suggests 63.7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from specmol_core.spectra.reference.signals import ReferenceSignal, Splitting

__all__ = ["IMPURITIES", "TABLE_SOLVENTS", "Impurity", "impurity_named"]

TABLE_SOLVENTS = ("THF-d8", "CD2Cl2", "CDCl3", "toluene-d8", "C6D6", "acetone-d6", "DMSO-d6", "CD3CN", "CD3OD", "D2O")
"""Columns of the table."""
_DEFAULT = TABLE_SOLVENTS.index("CDCl3")

Shifts = tuple[float | None, ...]
"""Shift in each of TABLE_SOLVENTS (ppm); None if no source gives one."""


@dataclass(frozen=True)
class Impurity:
    """One impurity."""

    name: str
    h1: tuple[ReferenceSignal, ...]
    """1H signals, with their shifts in CDCl3."""
    c13: tuple[ReferenceSignal, ...]
    """13C signals, with their shifts in CDCl3."""
    h1_ppm: tuple[Shifts, ...]
    """Shifts of each 1H signal in all solvents of the table (ppm)."""
    c13_ppm: tuple[Shifts, ...]
    """Shifts of each 13C signal in all solvents of the table (ppm)."""

    def signals(self, nucleus: str, solvent: str) -> tuple[ReferenceSignal, ...] | None:
        """Return the signals in a solvent; None if the table lacks the solvent or one of the shifts.

        >>> [signal.ppm for signal in impurity_named("acetone").signals("1H", "CDCl3")]
        [2.17]
        """
        if solvent not in TABLE_SOLVENTS:
            return None
        column = TABLE_SOLVENTS.index(solvent)
        if any(shifts[column] is None for shifts in self._shifts(nucleus)):
            return None
        return self.signals_or_default(nucleus, solvent)

    def signals_or_default(self, nucleus: str, solvent: str) -> tuple[ReferenceSignal, ...]:
        """Return the signals in a solvent, with the shift in CDCl3 where the table lacks one."""
        column = TABLE_SOLVENTS.index(solvent) if solvent in TABLE_SOLVENTS else _DEFAULT
        signals = self.h1 if nucleus == "1H" else self.c13
        rows = zip(signals, self._shifts(nucleus), strict=True)
        return tuple(signal if (ppm := row[column]) is None else replace(signal, ppm=ppm) for signal, row in rows)

    def _shifts(self, nucleus: str) -> tuple[Shifts, ...]:
        return self.h1_ppm if nucleus == "1H" else self.c13_ppm


def impurity_named(name: str) -> Impurity:
    """Return the impurity with this name.

    Raises
    ------
    StopIteration
        If the table has no such impurity.
    """
    return next(impurity for impurity in IMPURITIES if impurity.name == name)


_Row = tuple[ReferenceSignal, Shifts]

_SPLITTINGS = {
    "d": Splitting(1, 6.2),
    "t": Splitting(2, 7.1),
    "q": Splitting(3, 7.1),
    "sept": Splitting(6, 6.2),
}
"""Default splitting by multiplicity: that of ethyl and isopropyl groups."""


def _h(group: str, protons: int, multiplicity: str, *ppm: float | None, splitting: Splitting | None = None) -> _Row:
    """Create a 1H signal; ``splitting`` approximates a multiplet that is not first order."""
    chosen = splitting or _SPLITTINGS.get(multiplicity, Splitting())
    return ReferenceSignal(ppm[_DEFAULT] or 0.0, protons, chosen, group, multiplicity), ppm


def _c(group: str, carbons: int, hydrogens: int, *ppm: float | None) -> _Row:
    """Create a 13C signal; carbons without hydrogens relax slowly and are weak."""
    intensity = 1.0 if hydrogens else 0.3
    signal = ReferenceSignal(
        ppm[_DEFAULT] or 0.0, carbons, group=group, attached_hydrogens=hydrogens, relative_intensity=intensity
    )
    return signal, ppm


def _impurity(name: str, h1: tuple[_Row, ...], c13: tuple[_Row, ...]) -> Impurity:
    return Impurity(
        name, tuple(s for s, _ in h1), tuple(s for s, _ in c13), tuple(p for _, p in h1), tuple(p for _, p in c13)
    )


_ALKANE_CH3 = Splitting(2, 6.9)
_ALKANE_CH2 = Splitting(5, 5.5)
_LONG_CH2 = Splitting(3, 3.0)
_RING_CH2 = Splitting(4, 3.5)

# fmt: off
IMPURITIES: tuple[Impurity, ...] = (
    # CH3 in C6D6: [F] corrects the 1.55 of [G].
    _impurity("acetic acid",
        (_h("CH3", 3, "s", 1.89, 2.06, 2.10, 1.57, 1.52, 1.96, 1.91, 1.96, 1.99, 2.08),),
        (_c("CO", 1, 0, 171.69, 175.85, 175.99, 175.30, 175.82, 172.31, 171.93, 173.21, 175.11, 177.21),
         _c("CH3", 1, 3, 20.13, 20.91, 20.81, 20.27, 20.37, 20.51, 20.95, 20.73, 20.56, 21.03))),
    _impurity("acetone",
        (_h("CH3", 6, "s", 2.05, 2.12, 2.17, 1.57, 1.55, 2.09, 2.09, 2.08, 2.15, 2.22),),
        (_c("CH3", 2, 3, 30.17, 31.00, 30.92, 30.03, 30.14, 30.60, 30.56, 30.91, 30.67, 30.89),
         _c("CO", 1, 0, 204.19, 206.78, 207.07, 204.00, 204.43, 205.87, 206.31, 207.43, 209.67, 215.94))),
    # CH3 in C6D6: [F] corrects the 1.55 of [G].
    _impurity("acetonitrile",
        (_h("CH3", 3, "s", 1.95, 1.97, 2.10, 0.69, 0.58, 2.05, 2.07, 1.96, 2.03, 2.06),),
        (_c("CH3", 1, 3, 0.45, 2.03, 1.89, 0.03, 0.20, 1.12, 1.03, 1.79, 0.85, 1.47),
         _c("CN", 1, 0, 116.79, 116.92, 116.43, 115.76, 116.02, 117.60, 117.91, 118.26, 118.06, 119.68))),
    _impurity("benzene",
        (_h("CH", 6, "s", 7.31, 7.35, 7.36, 7.12, 7.15, 7.36, 7.37, 7.37, 7.33, None),),
        (_c("CH", 6, 1, 128.84, 128.68, 128.37, 128.57, 128.62, 129.15, 128.30, 129.32, 129.34, None),)),
    # CH3 in CD3OD: [B] 1.22; [F] and [G] print 1.40, while all other solvents are at 1.03 to 1.28.
    # CH3 carbon in acetone-d6: [B] 31.61; [F] prints 30.72.
    _impurity("tert-butyl alcohol",
        (_h("CH3", 9, "s", 1.15, 1.24, 1.28, 1.03, 1.05, 1.18, 1.11, 1.16, 1.22, 1.24),),
        (_c("C", 1, 0, 67.50, 69.11, 69.15, 68.12, 68.19, 68.13, 66.88, 68.74, 69.40, 70.36),
         _c("CH3", 3, 3, 30.57, 31.46, 31.25, 30.49, 30.47, 31.61, 30.38, 30.68, 30.91, 30.29))),
    # In CDCl3 the 1H line is the residual line of the solvent.
    _impurity("chloroform",
        (_h("CH", 1, "s", 7.89, 7.32, 7.26, 6.10, 6.15, 8.02, 8.32, 7.58, 7.90, None),),
        (_c("CH", 1, 1, 79.24, 77.99, 77.36, 77.89, 77.79, 79.19, 79.16, 79.17, 79.44, None),)),
    _impurity("cyclohexane",
        (_h("CH2", 12, "s", 1.44, 1.44, 1.43, 1.40, 1.40, 1.43, 1.40, 1.44, 1.45, None),),
        (_c("CH2", 6, 2, 27.58, 27.38, 26.94, 27.31, 27.23, 27.51, 26.33, 27.63, 27.96, None),)),
    _impurity("1,2-dichloroethane",
        (_h("CH2", 4, "s", 3.77, 3.76, 3.73, 2.91, 2.90, 3.87, 3.90, 3.81, 3.78, None),),
        (_c("CH2", 2, 2, 44.64, 44.35, 43.50, 43.40, 43.59, 45.25, 45.02, 45.54, 45.11, None),)),
    _impurity("dichloromethane",
        (_h("CH2", 2, "s", 5.51, 5.33, 5.30, 4.32, 4.27, 5.63, 5.76, 5.44, 5.49, None),),
        (_c("CH2", 1, 2, 54.67, 54.24, 53.52, 53.47, 53.46, 54.95, 54.84, 55.32, 54.78, None),)),
    _impurity("diethyl ether",
        (_h("CH3", 6, "t", 1.12, 1.15, 1.21, 1.10, 1.11, 1.11, 1.09, 1.12, 1.18, 1.17),
         _h("CH2", 4, "q", 3.38, 3.43, 3.48, 3.25, 3.26, 3.41, 3.38, 3.42, 3.49, 3.56)),
        (_c("CH3", 2, 3, 15.49, 15.44, 15.20, 15.47, 15.46, 15.78, 15.12, 15.63, 15.46, 14.77),
         _c("CH2", 2, 2, 66.14, 66.11, 65.91, 65.94, 65.94, 66.12, 62.05, 66.32, 66.88, 66.42))),
    _impurity("dimethylformamide",
        (_h("CH", 1, "s", 7.91, 7.96, 8.02, 7.57, 7.63, 7.96, 7.95, 7.92, 7.97, 7.92),
         _h("CH3", 3, "s", 2.88, 2.91, 2.96, 2.37, 2.36, 2.94, 2.89, 2.89, 2.99, 3.01),
         _h("CH3", 3, "s", 2.76, 2.82, 2.88, 1.96, 1.86, 2.78, 2.73, 2.77, 2.86, 2.85)),
        (_c("CHO", 1, 1, 161.96, 162.57, 162.62, 161.93, 162.13, 162.79, 162.29, 163.31, 164.73, 165.53),
         _c("CH3", 1, 3, 35.65, 36.56, 36.50, 35.22, 35.25, 36.15, 35.73, 36.57, 36.89, 37.54),
         _c("CH3", 1, 3, 30.70, 31.39, 31.45, 30.64, 30.72, 31.03, 30.73, 31.32, 31.61, 32.03))),
    # 1H: [G]; [F] does not have the compound. 13C: [B] in D2O; no source was found for the other cells. In
    # DMSO-d6 the carbon is omitted, because the septet of the solvent is close to it.
    _impurity("dimethyl sulfoxide",
        (_h("CH3", 6, "s", None, None, 2.62, None, 1.68, 2.52, 2.54, 2.50, 2.65, 2.71),),
        (_c("CH3", 2, 3, None, None, 40.76, None, 40.03, 41.23, None, 41.31, 40.45, 39.39),)),
    _impurity("dioxane",
        (_h("CH2", 8, "s", 3.56, 3.65, 3.71, 3.33, 3.35, 3.59, 3.57, 3.60, 3.66, 3.75),),
        (_c("CH2", 4, 2, 67.65, 67.47, 67.14, 67.17, 67.16, 67.60, 66.36, 67.72, 68.11, 67.19),)),
    _impurity("ethanol",
        (_h("CH3", 3, "t", 1.10, 1.19, 1.25, 0.97, 0.96, 1.12, 1.06, 1.12, 1.19, 1.17),
         _h("CH2", 2, "q", 3.51, 3.66, 3.72, 3.36, 3.34, 3.57, 3.44, 3.54, 3.60, 3.65)),
        (_c("CH3", 1, 3, 18.90, 18.69, 18.41, 18.78, 18.72, 18.89, 18.51, 18.80, 18.40, 17.47),
         _c("CH2", 1, 2, 57.60, 58.57, 58.28, 57.81, 57.86, 57.72, 56.07, 57.96, 58.26, 58.05))),
    _impurity("ethyl acetate",
        (_h("CH3CO", 3, "s", 1.94, 2.00, 2.05, 1.69, 1.65, 1.97, 1.99, 1.97, 2.01, 2.07),
         _h("CH2", 2, "q", 4.04, 4.08, 4.12, 3.87, 3.89, 4.05, 4.03, 4.06, 4.09, 4.14),
         _h("CH3", 3, "t", 1.19, 1.23, 1.26, 0.94, 0.92, 1.20, 1.17, 1.20, 1.24, 1.24)),
        (_c("CH3CO", 1, 3, 20.45, 21.15, 21.04, 20.46, 20.56, 20.83, 20.68, 21.16, 20.88, 21.15),
         _c("CO", 1, 0, 170.32, 171.24, 171.36, 170.02, 170.44, 170.96, 170.31, 171.68, 172.89, 175.26),
         _c("CH2", 1, 2, 60.30, 60.63, 60.49, 60.08, 60.21, 60.56, 59.74, 60.98, 61.50, 62.32),
         _c("CH3", 1, 3, 14.37, 14.37, 14.19, 14.23, 14.19, 14.50, 14.40, 14.54, 14.49, 13.92))),
    # CH2 in acetone-d6: [B] 3.54 to 3.58; [F] prints 3.28. CH2 in DMSO-d6: [B] 3.38 to 3.40; [F] prints
    # 3.34, the shift of water.
    _impurity("ethylene glycol",
        (_h("CH2", 4, "s", 3.48, 3.66, 3.76, 3.36, 3.41, 3.56, 3.39, 3.51, 3.59, 3.65),),
        (_c("CH2", 2, 2, 64.35, 64.08, 63.79, 64.29, 64.34, 64.26, 62.76, 64.22, 64.30, 63.17),)),
    # A hydrocarbon grease or pump oil. [F] "H grease" (Apiezon H; middles of its ranges) in THF-d8, CD2Cl2,
    # toluene-d8, and for 1H in DMSO-d6. Other 1H cells: [G] "grease". No source was found for the other 13C
    # cells; "pump oil" of the Supporting Information of [F] is within 0.4 ppm of all of them.
    _impurity("grease",
        (_h("CH3", 3, "m", 0.88, 0.87, 0.86, 0.93, 0.92, 0.87, 0.85, 0.86, 0.88, None, splitting=_SPLITTINGS["t"]),
         _h("CH2", 14, "br s", 1.29, 1.27, 1.26, 1.33, 1.36, 1.29, 1.24, 1.27, 1.29, None, splitting=_LONG_CH2)),
        (_c("CH2", 6, 2, 30.45, 30.14, 29.76, 30.31, 30.21, 30.73, 29.20, 30.86, 31.29, None),)),
    _impurity("n-hexane",
        (_h("CH3", 6, "t", 0.89, 0.89, 0.88, 0.88, 0.89, 0.88, 0.86, 0.89, 0.90, None, splitting=_ALKANE_CH3),
         _h("CH2", 8, "m", 1.29, 1.27, 1.26, 1.22, 1.24, 1.28, 1.25, 1.28, 1.29, None, splitting=_ALKANE_CH2)),
        (_c("CH3", 2, 3, 14.22, 14.28, 14.14, 14.34, 14.32, 14.34, 13.88, 14.43, 14.45, None),
         _c("CH2(2)", 2, 2, 23.33, 23.07, 22.70, 23.12, 23.04, 23.28, 22.05, 23.40, 23.68, None),
         _c("CH2(3)", 2, 2, 32.34, 32.01, 31.64, 32.06, 31.96, 32.30, 30.95, 32.36, 32.73, None))),
    _impurity("methanol",
        (_h("CH3", 3, "s", 3.27, 3.42, 3.49, 3.03, 3.07, 3.31, 3.16, 3.28, 3.34, 3.34),),
        (_c("CH3", 1, 3, 49.64, 50.45, 50.41, 49.90, 49.97, 49.77, 48.59, 49.90, 49.86, 49.50),)),
    _impurity("nitromethane",
        (_h("CH3", 3, "s", 4.31, 4.31, 4.33, 3.01, 2.94, 4.43, 4.42, 4.31, 4.34, 4.40),),
        (_c("CH3", 1, 3, 62.49, 63.03, 62.50, 61.14, 61.16, 63.21, 63.28, 63.66, 63.08, 63.22),)),
    _impurity("n-pentane",
        (_h("CH3", 6, "t", 0.89, 0.89, 0.88, 0.87, 0.87, 0.88, 0.86, 0.89, 0.90, None, splitting=_ALKANE_CH3),
         _h("CH2", 6, "m", 1.31, 1.30, 1.27, 1.25, 1.23, 1.27, 1.27, 1.29, 1.29, None, splitting=_ALKANE_CH2)),
        (_c("CH3", 2, 3, 14.18, 14.24, 14.08, 14.27, 14.25, 14.29, 13.28, 14.37, 14.39, None),
         _c("CH2(2)", 2, 2, 23.00, 22.77, 22.38, 22.79, 22.72, 22.98, 21.70, 23.08, 23.38, None),
         _c("CH2(3)", 1, 2, 34.87, 34.57, 34.16, 34.54, 34.45, 34.83, 33.48, 34.89, 35.30, None))),
    # CH3 in CD3OD: the Supporting Information of [F] corrects the 1.50 of [G] to 1.15, and [B] measured 1.15. The
    # tables in print have 1.50.
    _impurity("2-propanol",
        (_h("CH3", 6, "d", 1.08, 1.17, 1.22, 0.95, 0.95, 1.10, 1.04, 1.09, 1.15, 1.17),
         _h("CH", 1, "sept", 3.82, 3.97, 4.04, 3.65, 3.67, 3.90, 3.78, 3.87, 3.92, 4.02)),
        (_c("CH3", 2, 3, 25.70, 25.43, 25.14, 25.24, 25.18, 25.67, 25.43, 25.55, 25.27, 24.38),
         _c("CH", 1, 1, 66.14, 64.67, 64.50, 64.12, 64.23, 63.85, 64.92, 64.30, 64.71, 64.88))),
    # 13C in CDCl3: [F] 1.19 replaces the 1.04 of [G]. No source gives 13C in DMSO-d6 or CD3CN.
    _impurity("silicone grease",
        (_h("CH3", 6, "s", 0.11, 0.09, 0.07, 0.26, 0.29, 0.13, -0.06, 0.08, 0.10, None),),
        (_c("CH3", 2, 3, 1.20, 1.22, 1.19, 1.37, 1.38, 1.40, None, None, 2.10, None),)),
    _impurity("tetrahydrofuran",
        (_h("CH2", 4, "m", 1.79, 1.82, 1.85, 1.43, 1.40, 1.79, 1.76, 1.80, 1.87, 1.88, splitting=_RING_CH2),
         _h("CH2O", 4, "m", 3.62, 3.69, 3.76, 3.54, 3.57, 3.63, 3.60, 3.64, 3.71, 3.74, splitting=_RING_CH2)),
        (_c("CH2", 2, 2, 26.19, 25.98, 25.62, 25.79, 25.72, 26.15, 25.14, 26.27, 26.48, 25.67),
         _c("CH2O", 2, 2, 68.03, 68.16, 67.97, 67.75, 67.80, 68.07, 67.03, 68.33, 68.83, 68.68))),
    # Aromatic 1H: in acetone-d6, CD3CN and CD3OD the middles of the ranges of [B] (7.12 to 7.18 and 7.22 to 7.26, 7.13
    # to 7.20 and 7.23 to 7.27, 7.09 to 7.16 and 7.19 to 7.23); [F] and [G] give both signals as one range (7.1 to 7.2,
    # 7.1 to 7.3) or one shift (7.16). In toluene-d8 [F] gives 6.96 to 7.01.
    _impurity("toluene",
        (_h("CH3", 3, "s", 2.31, 2.34, 2.36, 2.11, 2.11, 2.32, 2.30, 2.33, 2.32, None),
         _h("CH(o, p)", 3, "m", 7.10, 7.15, 7.17, 6.99, 7.02, 7.15, 7.18, 7.17, 7.13, None,
            splitting=Splitting(2, 7.4)),
         _h("CH(m)", 2, "m", 7.19, 7.24, 7.25, 7.09, 7.13, 7.24, 7.25, 7.25, 7.21, None,
            splitting=Splitting(2, 7.5))),
        (_c("CH3", 1, 3, 21.29, 21.53, 21.46, 21.37, 21.10, 21.46, 20.99, 21.50, 21.50, None),
         _c("C", 1, 0, 138.24, 138.36, 137.89, 137.84, 137.91, 138.48, 137.35, 138.90, 138.85, None),
         _c("CH(o)", 2, 1, 129.47, 129.35, 129.07, 129.33, 129.33, 129.76, 128.88, 129.94, 129.91, None),
         _c("CH(m)", 2, 1, 128.71, 128.54, 128.26, 128.51, 128.56, 129.03, 128.18, 129.23, 129.20, None),
         _c("CH(p)", 1, 1, 125.84, 125.62, 125.33, 125.66, 125.68, 126.12, 125.29, 126.28, 126.29, None))),
    _impurity("triethylamine",
        (_h("CH3", 9, "t", 0.97, 0.99, 1.03, 0.95, 0.96, 0.96, 0.93, 0.96, 1.05, 0.99),
         _h("CH2", 6, "q", 2.46, 2.48, 2.53, 2.39, 2.40, 2.45, 2.43, 2.45, 2.58, 2.57)),
        (_c("CH3", 3, 3, 12.51, 12.12, 11.61, 12.39, 12.35, 12.49, 11.74, 12.38, 11.09, 9.07),
         _c("CH2", 3, 2, 47.18, 46.75, 46.25, 46.82, 46.77, 47.07, 45.74, 47.10, 46.96, 47.19))),
)
# fmt: on
"""Sorted by name, ignoring prefixes."""
