"""`lstm-viz trace` says what a table leaves open, and takes the option that settles it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lstm_viz


@pytest.fixture
def coded() -> None:
    rows = [f"{n},{n / 2 if n != 4 else -999},{n % 3}" for n in range(1, 12)]
    Path("coded.csv").write_text("\n".join(["n,rain,snow", *rows]) + "\n")


def notes(result) -> str:
    assert result.exit_code == 0, result.output
    return " ".join(json.loads(result.stdout)["notes"])


def test_a_question_is_printed_with_the_option_that_settles_it(typed, model, coded):
    result = typed("trace model.pt coded.csv -o run.nc --columns rain,snow --json")
    assert "-999 comes 1 time in “rain”" in notes(result) and "say --missing none for: numbers" in notes(result)
    assert lstm_viz.load_trace("run.nc").layers[0].event[3, 0, 0] == pytest.approx(2.0)


def test_the_option_settles_it(typed, model, coded):
    result = typed("trace model.pt coded.csv -o run.nc --columns rain,snow --missing none --json")
    assert "say --missing" not in notes(result) and "Read as: numbers." in notes(result)
    assert lstm_viz.load_trace("run.nc").layers[0].event[3, 0, 0] == -999


def test_dates_that_begin_with_the_year(typed, model):
    Path("days.csv").write_text("day,rain,snow\n01-02-03,1,0\n02-02-03,2,0\n03-02-03,3,1\n")
    for option, day in (("--year-first", "2001-02-03"), ("--year-last --day-first", "2003-02-01")):
        result = typed(f"trace model.pt days.csv -o {day}.nc --columns rain,snow {option} --json")
        assert "may be two dates" in notes(result)
        assert lstm_viz.load_trace(f"{day}.nc").names.steps[0, 0] == day


def test_what_was_measured_as_a_feature_each(typed, model):
    rows = [f"2024-01-0{day},{kind},{day}" for day in (1, 2, 3) for kind in ("rain", "snow")]
    Path("long.csv").write_text("\n".join(["day,sensor,value", *rows]) + "\n")
    result = typed("trace model.pt long.csv -o run.nc --columns rain,snow --pivot --json")
    assert "became a column" in notes(result)
    assert lstm_viz.load_trace("run.nc").layers[0].event.shape[0] == 3
    assert typed("trace model.pt long.csv -o run.nc --columns rain,snow --no-pivot").exit_code == 1


@pytest.mark.parametrize("option", ["--decimal ;", "--missing low", "--row-is cell"])
def test_a_value_that_an_option_cant_have_is_refused(typed, model, coded, option):
    assert typed(f"trace model.pt coded.csv -o run.nc --columns rain,snow {option}").exit_code in (1, 2)
