"""Predicted lines of several components together, in the order of their shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specmol_core.matchnet_x.predicted_lines import FIRST_EXCHANGING_KIND, PredictedLines, unpack_salt_lines

__all__ = ["ComponentLines", "component_lines"]


class ComponentLines(NamedTuple):
    """Lines of one nucleus of all components, in rising order of their shifts."""

    lines: PredictedLines
    """All lines, as those of one molecule."""
    owner: NDArray[np.int64]
    """(lines,) number of the component that has the line."""
    of_counter_ion: NDArray[np.bool_]
    """(lines,) whether the line is of the counter-ion of a salt, which may be absent."""
    components: int
    """Number of components."""

    @property
    def exchanging(self) -> NDArray[np.bool_]:
        """Whether each line (lines,) is of protons on N, O or S; only for 1H."""
        return np.asarray(self.lines.kind >= FIRST_EXCHANGING_KIND)


def component_lines(payloads: Sequence[bytes], nucleus: str) -> ComponentLines:
    """Return the lines of one nucleus of some components.

    Parameters
    ----------
    payloads
        Payload of each component, see ``predicted_lines``.

    Examples
    --------
    >>> from specmol_core.matchnet_x.predicted_lines import LINE_DTYPE, pack_lines
    >>> first = pack_lines(np.array([(2000, 100, 1, 3), (6000, 100, 1, 2)], LINE_DTYPE))
    >>> second = pack_lines(np.array([(3000, 100, 1, 3)], LINE_DTYPE))
    >>> component_lines([first, second], "13C").owner.tolist()
    [0, 1, 0]
    """
    lines, of_counter_ion = unpack_salt_lines(payloads, nucleus)
    owner = np.repeat(np.arange(len(payloads)), np.diff(lines.line_starts))
    order = np.argsort(lines.ppm, kind="stable")
    together = PredictedLines(
        lines.ppm[order],
        lines.uncertainty_ppm[order],
        lines.nuclei[order],
        lines.kind[order],
        np.array([0, len(order)], np.int64),
    )
    return ComponentLines(together, owner[order], of_counter_ion[order], len(payloads))
