from __future__ import annotations

import numpy as np

from specmol_core.spectra.readers.images.trace_path import baseline_rows, follow_path

HEIGHT, WIDTH, BASE = 100, 200, 80


def line(rows: np.ndarray) -> np.ndarray:
    """A one-valued line drawn without gaps: each column inked from its row to the next column's."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for column, (here, there) in enumerate(zip(rows, np.append(rows[1:], rows[-1]), strict=True)):
        mask[min(here, there) : max(here, there) + 1, column] = True
    return mask


def hump(centre: float, height: float, width: float) -> np.ndarray:
    x = np.arange(WIDTH)
    return np.rint(BASE - height * np.exp(-(((x - centre) / width) ** 2))).astype(int)


def test_broad_peak_is_climbed() -> None:
    mask = line(hump(100, 60, 12))

    path = follow_path(mask, BASE + 1)

    np.testing.assert_array_equal(path.top, mask.argmax(axis=0))
    assert path.rise == 61
    assert path.coverage == 1.0


def test_integral_across_the_peak_is_not_followed() -> None:
    trace = line(hump(100, 60, 6))
    x = np.arange(WIDTH)
    integral = np.where((x > 70) & (x < 130), np.rint(60 - 35 / (1 + np.exp((100 - x) / 3))), -1).astype(int)
    mask = trace.copy()
    mask[integral[integral >= 0], x[integral >= 0]] = True

    path = follow_path(mask, BASE + 1)

    away = np.abs(x - 100) > 8
    np.testing.assert_array_equal(path.top[away], trace.argmax(axis=0)[away])
    assert abs(int(path.top.argmin()) - 100) <= 1
    assert path.top.min() == trace.argmax(axis=0).min()


def test_gap_in_the_line_is_bridged() -> None:
    mask = line(hump(100, 60, 6))
    mask[:, 40:44] = False

    path = follow_path(mask, BASE + 1)

    assert not path.drawn_columns[40:44].any()
    assert path.drawn_columns.sum() == WIDTH - 4
    assert path.column_range == (0, WIDTH)


def test_grid_lines_are_candidates_but_climb_less() -> None:
    mask = line(hump(100, 60, 6))
    mask[[10, 40]] = True

    rows = sorted(baseline_rows(mask))

    np.testing.assert_allclose(rows[:2] + rows[-1:], [11, 41, BASE + 1], atol=1)
    above, through, base = (follow_path(mask, row).rise for row in (11, 41, BASE + 1))
    assert above <= 2
    assert through < base


def test_signal_that_leaves_the_image_is_counted() -> None:
    mask = line(np.clip(hump(60, 200, 4), 0, None))

    assert follow_path(mask, BASE + 1).clipped_count == 1


def test_integral_only_rises_or_only_falls() -> None:
    x = np.arange(WIDTH)
    rising = np.rint(BASE - 20 / (1 + np.exp((50 - x) / 2)) - 40 / (1 + np.exp((140 - x) / 2))).astype(int)

    assert follow_path(line(rising), BASE).is_integral
    assert follow_path(line(rising[::-1]), BASE).is_integral
    assert not follow_path(line(hump(100, 60, 6)), BASE + 1).is_integral
    assert not follow_path(line(hump(190, 60, 6)), BASE + 1).is_integral


def test_marks_beyond_the_end_of_the_trace_are_cut_off_and_pieces_of_the_trace_stay() -> None:
    mask = line(hump(60, 60, 6))
    mask[:, 100:102] = False
    mask[:, 160:] = False
    mask[20:26, 164:176] = True
    mask[40:80, 180:183] = True

    path = follow_path(mask, BASE + 1).without_detached_ends()

    assert path.column_range == (0, 160)
    assert path.coverage == (160 - 2) / WIDTH
