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


@pytest.mark.parametrize("option", ["--decimal ;", "--missing low", "--row-is cell"])
def test_a_value_that_an_option_cant_have_is_refused(typed, model, coded, option):
    assert typed(f"trace model.pt coded.csv -o run.nc --columns rain,snow {option}").exit_code in (1, 2)
