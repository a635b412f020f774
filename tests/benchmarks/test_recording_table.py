"""The benchmark measures what it says: peers give the same numbers, drawn sizes come again, files hold the table."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks import implementations, measurement, plots, scaling, separate_process
from benchmarks.accuracy import float64_reference, largest_difference
from benchmarks.implementations import (
    COURSE,
    DEFAULT,
    FORWARD,
    ON_THE_GPU,
    OURS,
    UNCHECKED,
    forward,
    goal,
    implementations_at,
    recorded_on_gpu,
)
from benchmarks.measurement import machine_description, thread_times_text, threading_slowdown
from benchmarks.recording import measure_size
from benchmarks.results import Row, write_csv
from benchmarks.sizes import GPU_SIZES, PRODUCT_RANGE, SIZES, Size, drawn_sizes

KINDS = [
    Size(3, 5, 2, 7),
    Size(3, 5, 2, 7, {"dtype": torch.float64}),
    Size(3, 5, 2, 7, {"num_layers": 2, "bidirectional": True}),
    Size(3, 5, 2, 7, {"proj_size": 2}, has_initial_state=True),
    Size(3, 5, 4, 7, lengths=True),
]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Every way at every kind of run; torch.compile without a C++ compiler's seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(implementations.torch, "compile", lambda step: step)
        return [row for size in KINDS for row in measure_size(size, 0, {})]


def test_every_way_gives_the_numbers_of_the_run_in_float64(rows: list[Row]) -> None:
    assert {row.implementation for row in rows} == {*OURS, *implementations.PEERS, FORWARD, COURSE}
    for row in rows:
        if row.ratio is None:
            assert row.note == "not installed", row
        elif row.implementation != COURSE:
            limit = 1e-12 if "float64" in row.size else 2e-6
            assert row.largest_difference <= limit, row


def test_on_a_gpu_the_goal_is_that_of_the_recording_alone() -> None:
    for size in GPU_SIZES:
        goals = {name: goal(size, name) for name in implementations_at(size)}
        assert {name: value for name, value in goals.items() if value is not None} == {ON_THE_GPU: 1.2}
        assert {*implementations.PEERS, FORWARD, UNCHECKED} <= set(goals)


def test_the_default_call_comes_first_the_unchecked_one_second_each_with_its_goal() -> None:
    assert list(OURS)[:2] == [DEFAULT, UNCHECKED]
    goals = {str(size): (goal(size, DEFAULT), goal(size, UNCHECKED)) for size in SIZES if size.device == "cpu"}
    assert goals["(8, 16, 8, 64)"] == (2.2, 1.0)
    assert goals["(40, 256, 8, 160)"] == goals["(128, 512, 32, 256)"] == (1.15, 1.0)
    assert goals["(256, 1024, 16, 512)"] == (1.25, 1.1) and goals["(64, 128, 32, 256) proj_size=32"] == (1.35, 1.2)
    found = {name: OURS[name](KINDS[0].case())() for name in (DEFAULT, UNCHECKED)}
    assert found[DEFAULT].difference <= 2e-6 and found[UNCHECKED].difference is None


def test_what_the_kernel_can_not_record_is_said() -> None:
    with pytest.raises(implementations.Unavailable, match="no Triton"):
        recorded_on_gpu(KINDS[0].case())


def test_a_ratio_lies_between_its_quartiles(rows: list[Row]) -> None:
    for row in rows:
        if row.ratio is not None:
            assert 0 < row.low <= row.ratio <= row.high and row.milliseconds > 0


def test_a_wrong_number_shows() -> None:
    for size in KINDS:
        case = size.case()
        wanted, (found, right) = float64_reference(size, case), (OURS[UNCHECKED](case)(), forward(case)())
        assert max(largest_difference(found, wanted), largest_difference(right, wanted)) < 2e-6
        part = next(name for name in wanted)
        assert largest_difference(found, {**wanted, part: wanted[part] + 0.01}) == pytest.approx(0.01, abs=1e-5)
        assert largest_difference(right, {"output": wanted["output"] + 0.01}) == pytest.approx(0.01, abs=1e-5)


def test_drawn_sizes_come_again_from_their_seed_and_differ_from_others() -> None:
    for seed in range(20):
        sizes = drawn_sizes(seed)
        assert sizes == drawn_sizes(seed) != drawn_sizes(seed + 1)
        for size in sizes:
            products = size.steps * size.batch * 4 * size.hidden * (size.features + size.hidden)
            assert PRODUCT_RANGE[0] < products < PRODUCT_RANGE[1]


def test_every_line_of_the_table_has_a_name_of_its_own() -> None:
    names = [str(size) for size in separate_process.all_sizes(3)]
    assert len(set(names)) == len(names) == len(SIZES) + 4


def test_a_way_runs_in_a_process_of_its_own() -> None:
    times = separate_process._run_process(FORWARD, [4], 0, 0.0)
    assert list(times) == [str(SIZES[4])] and 0 < times[str(SIZES[4])] < 1


def test_the_machine_is_asked_for_its_forward_on_every_thread_and_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = torch.get_num_threads()
    times = iter([3e-3, 2e-3, 3e-3, 2e-3, 2e-3])
    used: list[int] = []
    monkeypatch.setattr(
        measurement, "median_seconds", lambda run, seconds: used.append(torch.get_num_threads()) or next(times)
    )
    try:
        torch.set_num_threads(2)
        assert thread_times_text().endswith("by threads: 3.00 ms on 2, 2.00 ms on 1") and threading_slowdown() == 1.5
        assert (used, torch.get_num_threads()) == ([2, 1, 2, 1], 2)
        torch.set_num_threads(1)
        assert thread_times_text().endswith("by threads: 2.00 ms on 1")
    finally:
        torch.set_num_threads(found)


def test_files_hold_the_table(rows: list[Row], tmp_path: Path) -> None:
    points = [scaling.Point(kind, count, name, 1e-3 * count) for kind in ("steps", "layers")
              for count in (1, 10, 100) for name in (FORWARD, UNCHECKED)]  # fmt: skip
    about = [machine_description(), thread_times_text(), "sizes of seed 3"]
    write_csv(rows, about, tmp_path / "table.csv")
    plots.write_html(rows, points, about, tmp_path / "table.html")
    plots.write_png(rows, points, about, tmp_path / "table.png")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[:3] == [f"# {text}" for text in about]
    read = list(csv.DictReader(lines[3:]))
    assert [float(row["ratio"]) for row in read if row["ratio"]] == [row.ratio for row in rows if row.ratio]
    page = (tmp_path / "table.html").read_text(encoding="utf-8")
    assert all(json.dumps(str(size)) in page for size in KINDS) and "slope 1.00" in page
    with Image.open(tmp_path / "table.png") as picture:
        assert picture.width == 2 * plots.PNG_WIDTH and len(picture.getcolors(10**6)) > 20


def test_ways_that_keep_one_layer_run_at_one_layer_alone() -> None:
    assert [set(implementations.PEERS) <= set(implementations_at(size)) for size in KINDS] == [
        True,
        True,
        False,
        False,
        False,
    ]
