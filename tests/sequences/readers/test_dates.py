"""Dates as people write them, and days that no month has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lstm_viz.sequences import read_table


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2024-05-01", "2024-05-02"], "2024-05-01"),
        (["2024-05-01 12:30", "2024-05-02 12:30"], "2024-05-01T12:30"),
        (["2024-05-01T12:30:15.250", "2024-05-02T12:30:15"], "2024-05-01T12:30:15.250"),
        (["2024-05-01T12:30:00Z", "2024-05-02T12:30:00Z"], "2024-05-01T12:30"),
        (["2024-05-01T12:30:00+02:00", "2024-05-02T12:30:00Z"], "2024-05-01T10:30"),
        (["31.05.2024", "01.06.2024"], "2024-05-31"),
        (["31/05/2024 08:15", "01/06/2024 08:15"], "2024-05-31T08:15"),
        (["05/31/2024", "06/01/2024"], "2024-05-31"),
        (["01/31/2024", "02/01/2024", "02/02/2024"], "2024-01-31"),
        (["2024/05/31", "2024/06/01"], "2024-05-31"),
        (["31 May 2024", "1 Jun 2024"], "2024-05-31"),
        (["May 31, 2024", "Jun 1, 2024"], "2024-05-31"),
        (["1958-03", "1958-04"], "1958-03-01"),
        (["31.05.24", "01.06.24"], "2024-05-31"),
        (["31-May-24", "01-Jun-24"], "2024-05-31"),
        (["2024-05-01T12", "2024-05-01T13:00Z", "2024-05-02"], "2024-05-01T12:00"),
    ],
)
def test_dates(cells: list[str], first: str) -> None:
    data = "day;x\n" + "".join(f"{cell};1\n" for cell in cells)
    column = read_table(data.encode(), "a.csv").columns["day"]
    assert column.dtype == "datetime64[ns]"
    assert column[0] == np.datetime64(first)


@pytest.mark.parametrize(
    ("cells", "month", "said"),
    [
        (["01/02/2024", "02/02/2024", "03/02/2024"], 2, "day/month/year (1 February 2024); say day_first=False"),
        (["01/12/2024", "02/01/2024", "02/10/2024"], 1, "month/day/year, by which they are in order"),
    ],
)
def test_dates_of_two_readings_are_told(cells: list[str], month: int, said: str) -> None:
    table = read_table(("day\n" + "\n".join(cells)).encode(), "a.csv")
    assert table.columns["day"][0] == np.datetime64(f"2024-{month:02}-{'01' if month == 2 else '12'}")
    assert said in " ".join((*table.notes, *(question.sentence() for question in table.questions)))


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S+00:00", "%b %d, %Y"])
def test_a_day_that_no_month_has_is_never_another_day(form: str) -> None:
    february = [pd.Timestamp("2024-02-29").strftime(form), pd.Timestamp("2024-02-28").strftime(form)] * 2
    wrong = [february[0].replace("29", "30"), february[0].replace("2024", "2023"), february[0].replace("2024", "1900")]
    table = read_table(("day;x\n" + "".join(f"{day};1\n" for day in february + wrong)).encode(), "a.csv")
    assert np.isnat(table.columns["day"]).tolist() == [False] * 4 + [True] * 3
    assert "3 values not a date" in " ".join(table.notes)


def test_a_date_that_is_none_is_a_gap_and_is_named() -> None:
    table = read_table(
        b"day,x\n2024-02-28,1\n2024-02-30,2\nsoon,3\n2024-03-01,4\n9999-12-31,5\n2024-03-02,1\n", "a.csv"
    )
    assert np.isnat(table.columns["day"]).tolist() == [False, True, True, False, True, False]
    assert "“2024-02-30” (line 3), “soon” (line 4), “9999-12-31” (line 6)" in table.notes[0]
