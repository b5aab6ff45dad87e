"""Settings of the quantification of mixtures."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QuantifyConfig"]


@dataclass(frozen=True)
class QuantifyConfig:
    """Settings of the fit of a mixture; one set of values serves all fields and all samples.

    They were chosen on simulated mixtures and on sums of measured spectra
    (``specmol evaluate mixtures``).
    """

    fine_hz: float = 1.5
    """Blur of the fine scale, which sees multiplets: the larger of this (Hz) and ``fine_ppm``."""
    fine_ppm: float = 0.003
    coarse_ratio: float = 7.0
    """Blur of the coarse scale, which sees areas, over that of the fine scale."""
    fine_error: float = 0.4
    """Relative error of a predicted multiplet on the fine scale: its couplings are not known."""
    coarse_error: float = 0.08
    """Relative error of a predicted multiplet on the coarse scale."""
    envelope_hz: float = 3.0
    """Distance over which a tall line makes its neighbourhood uncertain."""
    neighbour_hz: float = 80.0
    """Distance up to which a tall line has satellites and feet."""
    neighbour_error: float = 0.004
    """Height of satellites and feet, relative to the line."""
    floor: float = 0.01
    """Error of the trace, in heights of a singlet of one proton of an average species."""
    full_field_mhz: float = 500.0
    """Field below which strong coupling makes multiplets less certain: the floor rises with its root."""
    measured_fine_error: float = 0.06
    """Errors and floor if every species has a measured spectrum: its multiplets are known."""
    measured_coarse_error: float = 0.02
    measured_floor: float = 0.005
    unexplained_share: float = 0.5
    """Share of the intensity above which an excess counts as a signal of something else."""
    unexplained_sd: float = 2.0
    """Excess (standard deviations) beyond which a signal of something else costs little more."""
    background_cost: float = 30.0
    """Cost of a background compound that has the area of the whole spectrum: a signal rather belongs
    to a species."""
    shift_offset_ppm: float = 0.08
    """Standard deviation of the offset of the whole axis against the predicted shifts."""
    reference_scale_ppm: float = 0.008
    """Scale of the movement of each signal of a measured pure spectrum."""
    min_scale_ppm: float = 0.012
    """Smallest scale of the error of a predicted shift."""
    variants: int = 6
    """Couplings and geometries that are drawn for each species."""
    chains: int = 24
    """Independent searches from random shifts."""
    hot: float = 10.0
    """Temperature at which a search begins."""
    cooling_sweeps: int = 30
    fixed_share: float = 0.5
    """Share of the cooling during which a search keeps the amounts that were drawn for it, so that the
    signals find places that fit these amounts."""
    start_concentration: float = 1.0
    """Concentration of the Dirichlet distribution of the amounts at the start."""
    crossings: int = 2
    """How often the best searches exchange the places of single species and go on."""
    crossed: int = 6
    """Number of searches that do so."""
    crossing_heat: float = 3.0
    """Temperature at which they go on."""
    kept_sweeps: int = 10
    """Sweeps at temperature 1, each of which gives one sample of the amounts."""
    warm_sweeps: int = 10
    """Sweeps of a spectrum that follows one of the same species."""
    warm_seeds: int = 4
    """Searches for the signals of species that the last spectrum did not show."""
    drift_ppm: float = 0.008
    """Scale of the movement of a signal from one spectrum of a series to the next."""
    anchored_share: float = 0.05
    """Share of the area from which the signals of a species are expected where they were seen."""
    renewing_change: float = 0.15
    """Change of a fraction since the last full search, after which the search begins anew."""
    renewing_excess: float = 0.05
    """Rise of the share of the intensity that no species explains, after which it begins anew, too."""
    mode_temperature: float = 3.0
    """Temperature at which the results of the searches are weighted by their energies."""
    relative_error: float = 0.03
    """Relative error of each amount that the samples do not show."""
    coverage: float = 0.95
    """Probability of an interval and of an upper limit."""
    seed: int = 0
