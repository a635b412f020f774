"""What is said of a column that orders the steps, and what the steps are called by it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sequences.small_tables import days, made, said


def test_rows_are_sorted_by_time_and_it_is_said() -> None:
    batch = made({"day": days("2024-01-03", "2024-01-01", "2024-01-02"), "flow": [3.0, 1.0, 2.0]}, time="day")
    assert batch.original.ravel().round(5).tolist() == [1, 2, 3]
    assert batch.step_labels.ravel().tolist() == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert said(batch, "sorted by `day`")
    assert not said(made({"day": days("2024-01-01", "2024-01-02"), "flow": [1.0, 2.0]}, time="day"), "sorted")


@pytest.mark.parametrize("step", [0.1, 0.5, 1.0, 3600.0, 1e-7])
def test_even_times_are_not_called_uneven(step: float) -> None:
    assert not said(made({"t": np.arange(50) * step, "flow": np.arange(50.0)}, time="t"), "not all of one length")


@pytest.mark.parametrize("times", [[0.0, 1, 3], days("2024-01-01", "2024-01-02", "2024-01-04")])
def test_uneven_times_are_said(times: object) -> None:
    assert said(made({"t": times, "flow": np.arange(3.0)}, time="t"), "`t`", "not all of one length")


@pytest.mark.parametrize("times", ["2024-01", "2023-01-31", "2000"])
def test_months_and_years_are_even_though_their_days_are_not(times: str) -> None:
    unit = {4: "Y", 7: "M", 10: "D"}[len(times)]
    dates = (np.datetime64(times, unit) + np.arange(14)).astype("datetime64[ns]")
    batch = made({"t": dates, "flow": np.arange(14.0)}, time="t")
    assert not said(batch, "not all of one length")
    assert batch.step_labels[0, 0] == (times + "-01-01")[:10]


def test_days_of_the_same_number_in_uneven_months_are_uneven() -> None:
    assert said(
        made({"t": days("2024-01-05", "2024-02-05", "2024-04-05"), "flow": np.arange(3.0)}, time="t"), "not all"
    )
    assert said(
        made({"t": days("2024-01-05", "2024-02-05", "2024-03-09"), "flow": np.arange(3.0)}, time="t"), "not all"
    )


def test_repeated_and_missing_times_are_said_and_keep_their_rows() -> None:
    times = days("2024-01-02", "NaT", "2024-01-02", "2024-01-01", "2024-01-03")
    batch = made({"t": times, "flow": np.arange(5.0)}, time="t")
    assert batch.original.ravel().round(5).tolist() == [3, 0, 2, 4, 1]
    assert batch.step_labels.ravel().tolist()[-1] == "no t"
    assert said(batch, "1 row", "without a `t`") and said(batch, "1 row", "same `t` as the row before")


@pytest.mark.parametrize("times", [[1.0, 2, 3, 1, 2, 3], [1.0, 2, 3, 3, 4, 5]])
def test_from_one_sequence_to_the_next_no_time_passes(times: list[float]) -> None:
    columns = {"t": times, "s": np.array(list("aaabbb"), dtype=object), "flow": np.arange(6.0)}
    batch = made(columns, time="t", sequence="s")
    assert not said(batch, "same `t`") and not said(batch, "not all of one length") and not said(batch, "sorted")


def test_a_time_of_words_with_gaps_is_sorted() -> None:
    words = np.array(["b", None, "a", "c"], dtype=object)
    assert made({"t": words, "flow": np.arange(4.0)}, time="t").original.ravel().round(5).tolist() == [2, 0, 3, 1]


def test_labels_keep_every_digit() -> None:
    seconds = 1_700_000_000 + np.arange(3.0)
    assert made({"t": seconds, "flow": np.arange(3.0)}, time="t").step_labels[:, 0].tolist() == [
        "1700000000",
        "1700000001",
        "1700000002",
    ]
    minutes = days("2024-01-01T00:00", "2024-01-01T06:30")
    labels = made({"t": minutes, "flow": np.arange(2.0)}, time="t").step_labels[:, 0].tolist()
    assert labels == ["2024-01-01 00:00", "2024-01-01 06:30"]


def test_milliseconds_are_told_apart() -> None:
    times = days("2024-01-01T00:00:00.000", "2024-01-01T00:00:00.250")
    labels = made({"t": times, "flow": np.arange(2.0)}, time="t").step_labels[:, 0].tolist()
    assert labels == ["2024-01-01 00:00:00.000", "2024-01-01 00:00:00.250"]
