"""Printed figures of the paper: its systems, tables 1 to 3, and the protocol of its runs.

Source: Entropy 2026, 28, 532 (SpecMol-MatchNet). Figures keep their printed digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "FULL_MODEL",
    "FULL_PROTOCOL",
    "METRICS",
    "PAPER_SEEDS",
    "SOURCE",
    "SYSTEMS",
    "TABLES",
    "TABLE_1",
    "TABLE_2",
    "TABLE_3",
    "TITLES",
    "UNTRAINED_SYSTEMS",
    "VARIANT_LETTERS",
    "PaperCost",
    "PrintedFigure",
    "RunProtocol",
]

SOURCE = "Entropy 2026, 28, 532"
FULL_MODEL = "matchnet"
METRICS = ("auc", "precision", "recall", "f1", "accuracy")
"""Columns of tables 1 and 2."""
TABLES = ("test_diff", "test_rand", "test_sim")
"""Test pair tables; test_sim, with false candidates similar to the truth, is not in the paper."""
TITLES = {
    "gcn-resnet101": "GCN + ResNet-101",
    "densenet121": "DenseNet-121",
    "resnet50": "ResNet-50",
    "resnet50-imagenet": "ResNet-50 (ImageNet)",
    "gat-resnet101": "GAT + ResNet-101",
    "efficientnet-b0": "EfficientNet-B0",
    "matchnet": "SpecMol-MatchNet",
    "matchnet-a": "A: single GCN, plain CBAM",
    "matchnet-b": "B: no TransformerConv",
    "matchnet-c": "C: plain CBAM",
    "matchnet-d": "D: single GCN",
    "alignment": "Alignment of peak lists",
    "alignment-256": "Alignment (256 columns)",
    "matchnet-x": "matchnet-x",
    "matchnet-x-256": "matchnet-x (256 columns)",
}
"""Title of each system, in the order of Table 1, Table 2 and the systems without training."""
UNTRAINED_SYSTEMS = ("alignment", "alignment-256", "matchnet-x", "matchnet-x-256")
"""Systems without training; none of them is in the paper."""
SYSTEMS = tuple(name for name in TITLES if name not in UNTRAINED_SYSTEMS)
"""Systems with training; all but ``resnet50-imagenet`` are the paper's."""
VARIANT_LETTERS = {"matchnet-a": "A", "matchnet-b": "B", "matchnet-c": "C", "matchnet-d": "D", "matchnet": "all"}
"""Names of the variants in tables 2 and 3, in their order."""
PAPER_SEEDS = 5
"""Runs behind each figure of Table 2, according to its note."""


@dataclass(frozen=True)
class PrintedFigure:
    """Printed figure: the mean, and the standard deviation over runs if there is one.

    Examples
    --------
    >>> str(PrintedFigure(0.921, 0.011, 3))
    '0.921 ± 0.011'
    """

    mean: float
    sd: float | None = None
    digits: int = 2

    def __str__(self) -> str:
        mean = f"{self.mean:.{self.digits}f}"
        return mean if self.sd is None else f"{mean} ± {self.sd:.{self.digits}f}"


@dataclass(frozen=True)
class PaperCost:
    """Row of Table 3, measured on a server with four NVIDIA RTX 4090 (section 4.3)."""

    total_millions: float
    """Parameters including the frozen backbone (millions)."""
    ms_per_batch: float
    peak_mb: float
    """Peak of the allocated GPU memory (MB)."""


@dataclass(frozen=True)
class RunProtocol:
    """Full protocol; batch, epochs, optimiser and learning rate are those of section 4.3."""

    train: int = 40_625
    """Molecules with a true pair in the training table."""
    validation: int = 5_804
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-4
    schedule: str = "constant"
    """The paper gives an initial rate and no schedule."""
    optimiser: str = "Adam"
    seeds: dict[str, int] = field(
        default_factory=lambda: {
            **dict.fromkeys(SYSTEMS, 1),
            **dict.fromkeys(("matchnet-b", "matchnet-c", "matchnet-d"), 3),
            **dict.fromkeys(("matchnet", "matchnet-a"), PAPER_SEEDS),
        }
    )
    """Required runs of each system; the note of Table 2 gives five for each of its rows."""


FULL_PROTOCOL = RunProtocol()


def _figures(*means: float) -> dict[str, PrintedFigure]:
    return {metric: PrintedFigure(mean) for metric, mean in zip(METRICS, means, strict=True)}


def _figures_with_deviations(*figures: tuple[float, float]) -> dict[str, PrintedFigure]:
    return {metric: PrintedFigure(mean, sd, 3) for metric, (mean, sd) in zip(METRICS, figures, strict=True)}


TABLE_1: dict[str, dict[str, dict[str, PrintedFigure]]] = {
    "gcn-resnet101": {
        "test_diff": _figures(0.98, 0.96, 0.82, 0.88, 0.89),
        "test_rand": _figures(0.86, 0.77, 0.82, 0.79, 0.79),
    },
    "densenet121": {
        "test_diff": _figures(0.96, 0.93, 0.81, 0.86, 0.87),
        "test_rand": _figures(0.85, 0.75, 0.81, 0.78, 0.77),
    },
    "resnet50": {
        "test_diff": _figures(0.97, 0.93, 0.89, 0.91, 0.92),
        "test_rand": _figures(0.86, 0.75, 0.89, 0.82, 0.80),
    },
    "gat-resnet101": {
        "test_diff": _figures(0.99, 0.98, 0.87, 0.92, 0.93),
        "test_rand": _figures(0.91, 0.82, 0.87, 0.84, 0.84),
    },
    "efficientnet-b0": {
        "test_diff": _figures(0.99, 0.98, 0.86, 0.92, 0.92),
        "test_rand": _figures(0.90, 0.81, 0.86, 0.83, 0.83),
    },
    "matchnet": {
        "test_diff": _figures(0.99, 0.99, 0.89, 0.94, 0.94),
        "test_rand": _figures(0.92, 0.85, 0.89, 0.87, 0.86),
    },
}
"""System, test table, metric: "Comparative performance of models on test sets"."""

TABLE_2: dict[str, dict[str, dict[str, PrintedFigure]]] = {
    "matchnet-a": {
        "test_diff": _figures_with_deviations(
            (0.921, 0.011), (0.923, 0.011), (0.518, 0.019), (0.667, 0.015), (0.742, 0.013)
        ),
        "test_rand": _figures_with_deviations(
            (0.753, 0.014), (0.648, 0.015), (0.602, 0.018), (0.603, 0.017), (0.721, 0.014)
        ),
    },
    "matchnet-b": {
        "test_diff": _figures_with_deviations(
            (0.958, 0.007), (0.951, 0.008), (0.681, 0.015), (0.802, 0.011), (0.823, 0.010)
        ),
        "test_rand": _figures_with_deviations(
            (0.832, 0.012), (0.768, 0.013), (0.683, 0.014), (0.723, 0.013), (0.743, 0.012)
        ),
    },
    "matchnet-c": {
        "test_diff": _figures_with_deviations(
            (0.981, 0.005), (0.979, 0.005), (0.882, 0.009), (0.928, 0.006), (0.931, 0.006)
        ),
        "test_rand": _figures_with_deviations(
            (0.912, 0.008), (0.831, 0.010), (0.879, 0.010), (0.852, 0.009), (0.851, 0.008)
        ),
    },
    "matchnet-d": {
        "test_diff": _figures_with_deviations(
            (0.982, 0.004), (0.981, 0.005), (0.883, 0.009), (0.931, 0.006), (0.932, 0.006)
        ),
        "test_rand": _figures_with_deviations(
            (0.919, 0.008), (0.849, 0.009), (0.881, 0.009), (0.873, 0.008), (0.861, 0.008)
        ),
    },
    "matchnet": {
        "test_diff": _figures_with_deviations(
            (0.989, 0.002), (0.991, 0.004), (0.891, 0.006), (0.939, 0.004), (0.941, 0.004)
        ),
        "test_rand": _figures_with_deviations(
            (0.922, 0.005), (0.852, 0.008), (0.889, 0.007), (0.871, 0.007), (0.863, 0.006)
        ),
    },
}
"""System, test table, metric: "Ablation experiment results", mean and deviation of five runs."""

TABLE_3: dict[str, PaperCost] = {
    "matchnet-a": PaperCost(42.913, 25.97, 335.57),
    "matchnet-b": PaperCost(43.748, 30.29, 338.26),
    "matchnet-c": PaperCost(44.115, 23.78, 339.66),
    "matchnet-d": PaperCost(43.300, 19.77, 337.31),
    "matchnet": PaperCost(44.116, 21.22, 339.67),
}
"""System: "Computational cost comparison of different ablation variants"."""
