"""Numbers as people and programs write them, in any locale; what may mean two things is asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import Limits, Table
from lstm_viz.sequences.readers import read
from lstm_viz.sequences.reading_options import ReadingOptions


def column(cells: list[str], separator: str = "|", **options: object) -> Table:
    text = f"a{separator}b\n" + "".join(f"{cell}{separator}{place % 2}\n" for place, cell in enumerate(cells))
    return read(text.encode(), "a.csv", Limits(), options=ReadingOptions(**options))


WRITTEN = {
    "brackets": (["(4)", "5", "(6.5)"], [-4, 5, -6.5]),
    "minus behind": (["4,00-", "5,00", "1.234,50-"], [-4, 5, -1234.5]),
    "minus of typesetters": (["−5", "6", "–7"], [-5, 6, -7]),
    "groups by commas": (["1,290,042", "980", "1,010"], [1290042, 980, 1010]),
    "groups by points": (["1.290.042", "980", "1.010"], [1290042, 980, 1010]),
    "groups by apostrophes": (["1'234", "12’345.5", "999"], [1234, 12345.5, 999]),
    "groups by blanks": (["1 234", "12 345,5", "999,25"], [1234, 12345.5, 999.25]),
    "groups by narrow blanks": (["1\u202f234", "12\u00a0345,5", "9,5"], [1234, 12345.5, 9.5]),
    "one group among small numbers": (["950", "980", "1,010", "960.5"], [950, 980, 1010, 960.5]),
    "decimal commas": (["1,5", "1.234,25", "-3"], [1.5, 1234.25, -3]),
    "a decimal comma in front": ([",5", "1,25", "2"], [0.5, 1.25, 2]),
    "dollars": (["$5", "$1,234.50", "-$6"], None),
    "euros behind": (["5,50 €", "1.234,00 €", "7 €"], [5.5, 1234, 7]),
    "per cent": (["3 %", "4.5%", "-1%"], [3, 4.5, -1]),
    "degrees": (["20.1 °C", "21 °C", "-3 °C"], [20.1, 21, -3]),
    "a unit with a slash": (["5 m³/s", "6.5 m³/s", "7 m³/s"], [5, 6.5, 7]),
    "letters for thousands": (["1.2M", "980K", "12"], [1.2e6, 9.8e5, 12]),
    "Fortran": (["1.5D+02", "2.5d-01", "3"], [150, 0.25, 3]),
    "three digits of exponent": (["0.12345-101", "0.5", "0.25+101"], [1.2345e-102, 0.5, 2.5e100]),
    "Excel's texts": (['="1.5"', '="2"', '="3"'], [1.5, 2, 3]),
    "single quotes": (["'1.5'", "'2'", "'3'"], [1.5, 2, 3]),
    "scientific with a comma": (["1,5E-05", "2,25e3", "3"], [1.5e-5, 2250, 3]),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_numbers_as_they_are_written(case: str) -> None:
    cells, expected = WRITTEN[case]
    if expected is None:
        expected = [5, 1234.5, -6]
    np.testing.assert_allclose(column(cells).columns["a"], expected, rtol=1e-15)


QUESTIONS = {
    "German thousands beside small numbers": (["980", "990", "1.020"], [980, 990, 1020], [980, 990, 1.02]),
    "a fraction beside small numbers": (["1", "2", "1.125"], [1, 2, 1.125], [1, 2, 1125]),
    "nothing but groups with a comma": (["1,234", "2,345"], [1234, 2345], [1.234, 2.345]),
    "a comma among larger numbers": (["1500", "1,234"], [1500, 1.234], [1500, 1234]),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_what_may_be_a_thousand_or_a_fraction_is_asked_and_settled(case: str) -> None:
    cells, proposed, other = QUESTIONS[case]
    table = column(cells)
    (question,) = table.questions
    assert question.option == "decimal" and table.columns["a"].tolist() == proposed
    assert column(cells, decimal=question.others[0].value).columns["a"].tolist() == other
    assert column(cells, decimal=question.taken.value).columns["a"].tolist() == proposed


def test_three_decimals_in_all_rows_are_asked_about_where_points_may_mark_thousands() -> None:
    cells = ["1.290", "1.305", "1.411"]
    assert not column(cells).questions and column(cells).columns["a"][0] == 1.29
    assert column(cells, ";").questions[0].taken.value == "."
    dated = read(b"t;a\n01.02.2024;1.290\n02.02.2024;1.305\n", "a.csv", Limits())
    assert dated.questions[0].taken.value == "," and dated.columns["a"].tolist() == [1290, 1305]
    coded = read(b"t;a\n01.02.2024;1.290\n02.02.2024;-999.000\n03.02.2024;1.305\n", "a.csv", Limits())
    assert coded.columns["a"][0] == 1.29
    assert not column([*cells, "0.500"], ";").questions


def test_the_rest_of_the_file_tells() -> None:
    text = b"a;b\n1.290;0,5\n1.305;0,25\n"
    table = read(text, "a.csv", Limits())
    assert table.columns["a"].tolist() == [1290, 1305] and not table.questions
    other = read(b"a;b\n1.290;0.5\n1.305;0.25\n", "a.csv", Limits())
    assert other.columns["a"].tolist() == [1.29, 1.305] and not other.questions


@pytest.mark.parametrize(
    "cells", [["1 Jan", "2 Jan"], ["10 am", "11 am"], ["1st", "2nd"], ["20C", "21F"], ["a1", "b2"]]
)
def test_words_with_digits_stay_words(cells: list[str]) -> None:
    assert column(cells).columns["a"].dtype.kind in "OM"


def test_zeros_that_lead_in_a_code_are_kept_and_elsewhere_said() -> None:
    table = read(b"zip,v\n02139,00980\n10115,01020\n", "a.csv", Limits())
    assert table.columns["zip"].tolist() == ["02139", "10115"] and table.columns["v"].tolist() == [980, 1020]
    assert "without the zeros that lead" in " ".join(table.notes)


LOCALES = {
    "en": (",", "."),
    "de": (".", ","),
    "ch": ("'", "."),
    "fr": ("\u202f", ","),
    "se": ("\u00a0", ","),
    "C": ("", "."),
}
DECORATIONS = ("{}", "{} %", "€ {}", "{} mm", "{}kWh")


def write(number: float, group: str, mark: str) -> str:
    return f"{number:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", group)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-(10**8), 10**8).map(lambda n: n / 100), min_size=2, max_size=12),
    st.sampled_from(list(LOCALES)),
    st.sampled_from(DECORATIONS),
    st.sampled_from(["|", "\t", ";"]),
)
def test_numbers_of_any_locale_come_back(numbers: list[float], locale: str, sign: str, separator: str) -> None:
    cells = [sign.format(write(number, *LOCALES[locale])) for number in numbers]
    table = column(cells, separator, missing=())
    np.testing.assert_array_equal(table.columns["a"], numbers)
    assert all(question.option == "missing" for question in table.questions)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(-(10**7), 10**7), min_size=2, max_size=12),
    st.sampled_from([(",", "."), (".", ",")]),
)
def test_whole_numbers_with_groups_come_back_or_are_asked_about(numbers: list[int], marks: tuple[str, str]) -> None:
    cells = [f"{number:,}".replace(",", marks[0]) for number in numbers]
    table = column(cells, "|", missing=(), decimal=marks[1])
    np.testing.assert_array_equal(table.columns["a"], numbers)
    guessed = column(cells, ";", missing=())
    assert guessed.questions or guessed.columns["a"].tolist() == numbers
