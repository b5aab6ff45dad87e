"""Embeddings, their files and their plot."""

from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from specmol_core.errors import DatasetError, UsageError
from specmol_core.matchnet.reproduction.embedding import Embedding, read_embedding, tsne, write_embedding
from specmol_core.matchnet.reproduction.embedding_plot import FALSE_PAIR_COLOUR, TRUE_PAIR_COLOUR, draw_embeddings


def two_clouds(count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    label = np.arange(count) % 2
    return np.random.default_rng(1).normal(size=(count, 6)) + 20.0 * label[:, None], label


def random_embedding(count: int = 40) -> Embedding:
    rng = np.random.default_rng(2)
    return Embedding(rng.normal(size=(count, 2)) * (30, 8), np.arange(count) % 2)


def test_tsne_is_reproducible_and_separates_clusters() -> None:
    pytest.importorskip("sklearn")
    features, label = two_clouds()

    points = tsne(features, 0)

    assert points.shape == (20, 2)
    assert (points == tsne(features, 0)).all()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(20)
    assert (label[distances.argmin(axis=1)] == label).all()


def test_tsne_refuses_unusable_features() -> None:
    for features in (np.zeros((4, 3)), np.zeros(9), np.full((9, 3), np.nan)):
        with pytest.raises(ValueError, match="finite rows"):
            tsne(features, 0)


def test_without_scikit_learn_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)

    with pytest.raises(UsageError, match=r"pip install 'specmol\[paper\]'"):
        tsne(two_clouds()[0], 0)


def test_an_embedding_is_written_and_read(tmp_path: Path) -> None:
    embedding = random_embedding()

    write_embedding(tmp_path / "matchnet.csv", embedding)
    restored = read_embedding(tmp_path / "matchnet.csv")

    assert restored.points == pytest.approx(embedding.points, abs=5e-4)
    assert (restored.label == embedding.label).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("x,y,label\n1,2,1\n1,nan,0\n", "line 3"),
        ("x,y,label\n1,2,2\n", "line 2"),
        ("x,y,label\n1,2\n", "line 2"),
        ("a,b,c\n1,2,1\n", "x,y,label"),
        ("x,y,label\n", "no rows"),
        ("", "no rows"),
        ("\x00\xff", "x,y,label|damaged"),
    ],
)
def test_a_damaged_embedding_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "matchnet.csv"
    path.write_text(content, encoding="latin-1")

    with pytest.raises(DatasetError, match=reason) as caught:
        read_embedding(path)

    assert str(path) in str(caught.value)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_both_plots_show_every_pair(count: int) -> None:
    svg, png = draw_embeddings({f"panel {i}": random_embedding() for i in range(count)}, "Features")

    root = ElementTree.fromstring(svg)
    circles = [c.get("fill") for c in root.iter("{http://www.w3.org/2000/svg}circle")]
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    # The legend has one more circle of each colour.
    assert circles.count("#{:02x}{:02x}{:02x}".format(*TRUE_PAIR_COLOUR)) == 20 * count + 1
    assert circles.count("#{:02x}{:02x}{:02x}".format(*FALSE_PAIR_COLOUR)) == 20 * count + 1
    assert {"Features", "true pair", "false pair", "40 pairs", *(f"panel {i}" for i in range(count))} == set(texts)
    image = Image.open(io.BytesIO(png))
    assert image.size == (2 * float(root.get("width", 0)), 2 * float(root.get("height", 0)))
    assert {TRUE_PAIR_COLOUR, FALSE_PAIR_COLOUR} <= {colour for _, colour in image.getcolors(1 << 20) or []}


def test_points_stay_within_their_frame_even_if_all_coincide() -> None:
    svg, _ = draw_embeddings({"one": Embedding(np.ones((6, 2)), np.ones(6, np.int64))}, "Features")

    middle = list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}circle"))[-1]
    assert (middle.get("cx"), middle.get("cy")) == ("166", "228")


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        draw_embeddings({}, "Features")
