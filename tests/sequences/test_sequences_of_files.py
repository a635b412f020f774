"""Which column tells sequences apart in files as people have them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import ReadingWarning, SequenceError, prepare, read_sequence, suggest_choices
from lstm_viz.sequences.long_format import MIN_SHARED
from tests.sequences.files import batch_of, order_of, sequences_of, table_of

DAYS = [f"2024-01-{day:02}" for day in range(1, 29)]


def in_blocks(words: str, column: str) -> str:
    rows = [f"{day},{place},{word}" for place, (day, word) in enumerate(zip(DAYS, words.split(), strict=False))]
    return "\n".join((f"date,flow,{column}", *rows)) + "\n"


@pytest.mark.parametrize(
    ("words", "column"),
    [
        ("A A A A A A P P", "cd"),
        ("winter " * 5 + "spring " * 5, "season"),
        ("train " * 8 + "val " * 4 + "test " * 4, "split"),
        ("rest " * 4 + "exercise " * 8 + "recovery " * 4, "phase"),
        ("NORMAL " * 8 + "BROKEN " * 4 + "RECOVERING " * 4, "machine_status"),
    ],
)
@pytest.mark.parametrize("falling", [False, True])
def test_a_flag_in_blocks_does_not_cut_a_series_that_goes_on(words: str, column: str, falling: bool) -> None:
    text = in_blocks(words, column)
    if falling:
        header, *rows = text.splitlines()
        text = "\n".join((header, *rows[::-1])) + "\n"
    assert order_of(text) == list(range(len(words.split())))
    assert "told apart" not in batch_of(text).notes[0]


PATIENTS = {"1": [6.0, 6.2, 6.4, 6.1], "2": [9.0, 9.2, 9.4, 9.3]}


@pytest.mark.parametrize(
    "name",
    [
        "patient_id",
        "id_patient",
        "subject",
        "SubjectID",
        "user",
        "device_id",
        "sensor",
        "ped",
        "vehicle",
        "site_no",
        "ID",
    ],
)
@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("interleaved", [False, True])
def test_an_identifier_tells_apart_in_blocks_and_in_turns(name: str, words: bool, interleaved: bool) -> None:
    rows = [
        (f"2024-{2 * visit + int(patient):02}-01", f"P{patient}" if words else patient, value)
        for patient, values in PATIENTS.items()
        for visit, value in enumerate(values)
    ]
    rows = sorted(rows) if interleaved else rows
    text = f"visit_date,{name},hba1c\n" + "".join(f"{day},{who},{value}\n" for day, who, value in rows)
    assert list(sequences_of(text).values()) == list(PATIENTS.values())
    assert f"told apart by `{name}`" in batch_of(text).notes[0]
    assert batch_of(text).names == ("hba1c",)


@pytest.mark.parametrize(("sequences", "steps"), [(6, 3), (3, 3), (2, 2), (10, 2), (5, 7)])
@pytest.mark.parametrize("words", [False, True])
def test_short_sequences_are_not_glued_together(sequences: int, steps: int, words: bool) -> None:
    rows = [(f"run {s}" if words else s, k, 10 * s + k) for s in range(sequences) for k in range(steps)]
    text = "sequence,step,x\n" + "".join(f"{s},{k},{x}\n" for s, k, x in rows)
    assert list(sequences_of(text).values()) == [[10 * s + k for k in range(steps)] for s in range(sequences)]


def test_numbers_in_blocks_beside_a_counter_are_sequences_whatever_they_are_called() -> None:
    rows = [(s, k, 10 * s + k * k) for s in range(4) for k in range(3)]
    text = "level,nth,x\n" + "".join(f"{s},{k},{x}\n" for s, k, x in rows)
    assert len(sequences_of(text)) == 4


def test_a_birth_date_before_the_visit_orders_nothing() -> None:
    born = {"a": "1950-01-01", "b": "1960-01-01"}
    rows = [f"{who},{born[who]},2024-01-0{day},{day}\n" for who in born for day in (3, 2, 1)]
    text = "patient,birth_date,visit,x\n" + "".join(rows)
    assert list(sequences_of(text).values()) == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize("names", [("store", "item"), ("subject", "trial"), ("site_id", "sensor_id")])
def test_two_columns_together_tell_apart(names: tuple[str, str]) -> None:
    rows = [
        (a, b, f"2024-01-{day + 1:02}", 100 * a + 10 * b + day) for day in range(9) for a in (1, 2) for b in (1, 2, 3)
    ]
    text = f"{names[0]},{names[1]},date,x\n" + "".join(f"{a},{b},{day},{x}\n" for a, b, day, x in rows)
    expected = [[100 * a + 10 * b + day for day in range(9)] for a in (1, 2) for b in (1, 2, 3)]
    assert list(sequences_of(text).values()) == expected
    assert f"told apart by `{names[0]}`, `{names[1]}` together" in batch_of(text).notes[0]
    assert batch_of(text).names == ("x",)


@given(
    people=st.integers(2, 6),
    rows=st.integers(5, 15),
    words=st.booleans(),
    name=st.sampled_from(["patient_id", "subject", "device", "user_id", "vehicle_no", "id"]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_random_ids_in_turns_come_back_as_pandas_groups_them(people, rows, words, name, seed):
    random = np.random.default_rng(seed)
    who = random.permutation(np.repeat(np.arange(people), rows))
    times = pd.date_range("2024-01-01", periods=len(who), freq="13min")
    labels = [f"P{one}" for one in who] if words else who + 100
    frame = pd.DataFrame({"time": times, name: labels, "x": random.normal(size=len(who)).round(3)})
    text = frame.sample(frac=1, random_state=seed).to_csv(index=False)
    found = sequences_of(text)
    for key, group in frame.groupby(name):
        own = found[key if words else f"{name} {key}"]
        np.testing.assert_allclose(own, group["x"], atol=2e-3)
    assert len(found) == people


def test_what_nothing_proves_is_asked_and_one_argument_settles_it() -> None:
    text = "t,who,x\n" + "".join(f"{step},{'ab'[step % 2]},{step % 2 * 100 + step}\n" for step in range(20))
    (question,) = table_of(text).questions
    assert question.option == "sequence" and "`who`" in question.example and "“a”" in question.example
    assert {question.taken.value, question.others[0].value} == {"", "who"}
    with pytest.warns(ReadingWarning, match='sequence="who"'):
        assert len(read_sequence(text).lengths) == 1
    assert list(sequences_of(text, sequence="who")) == ["a", "b"]
    assert len(read_sequence(text, sequence="who").lengths) == 2
    assert table_of(text, sequence="who").questions[0].taken.value == "who"


def test_blocks_without_any_time_are_asked() -> None:
    text = "phase,x\n" + "".join(f"{'rest' if row < 6 else 'run'},{row * row}\n" for row in range(18))
    (question,) = table_of(text).questions
    assert question.taken.value == "phase"
    assert len(sequences_of(text, sequence="")) == 1


def test_weather_in_words_is_a_feature_and_not_asked() -> None:
    sky = ["sun", "rain", "fog"]
    text = "date,sky,temp\n" + "".join(
        f"{day},{sky[place * 7 % 3]},{10 + place % 5}\n" for place, day in enumerate(DAYS)
    )
    assert table_of(text).questions == () and "sky: fog" in batch_of(text).names


def long_format(name: str, own_times: bool = False) -> str:
    rows = [
        (f"{step + (0.5 if own_times and kind == 'batt' else 0)}", kind, value)
        for step in range(10)
        for kind, value in (("temp", 20 + step), ("batt", 3300 - step))
    ]
    return f"t,{name},value\n" + "".join(f"{time},{kind},{value}\n" for time, kind, value in rows)


@pytest.mark.parametrize("name", ["parameter", "variable", "metric", "field", "_field", "sensor"])
def test_quantities_beside_one_value_become_features(name: str) -> None:
    text = long_format(name)
    batch = batch_of(text)
    assert batch.names == ("temp", "batt") and batch.original.shape == (10, 1, 2)
    wide = pd.DataFrame([line.split(",") for line in text.splitlines()[1:]], columns=["t", name, "value"])
    wide = wide.astype({"t": float, "value": float}).pivot(index="t", columns=name, values="value")
    np.testing.assert_allclose(batch.original[:, 0], wide[["temp", "batt"]].to_numpy(), rtol=1e-6)
    (*_, scaled) = batch.values.std(axis=(0, 1))
    assert scaled == pytest.approx(1, rel=1e-3)


def test_sensors_of_one_kind_are_sequences_and_it_is_asked() -> None:
    text = "t,sensor,value\n" + "".join(
        f"{step},s{place},{20 + step % 7 + place}\n" for step in range(20) for place in (1, 2)
    )
    (question,) = table_of(text).questions
    assert (question.option, question.taken.value, question.others[0].value) == ("pivot", False, True)
    assert list(sequences_of(text)) == ["s1", "s2"]
    assert batch_of(text, pivot=True).names == ("s1", "s2")


def test_sensors_with_times_of_their_own_stay_sequences() -> None:
    assert list(sequences_of(long_format("sensor", own_times=True))) == ["temp", "batt"]


@given(
    times=st.integers(4, 30),
    kinds=st.integers(2, 5),
    holes=st.integers(0, 3),
    stations=st.integers(1, 3),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_a_long_table_comes_back_as_pandas_pivots_it(times, kinds, holes, stations, seed):
    assume(times * stations * kinds - holes >= MIN_SHARED * times * stations)  # with fewer it is no long table
    random = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [
            pd.date_range("2024-01-01", periods=times),
            [f"S{n}" for n in range(stations)],
            [f"q{n}" for n in range(kinds)],
        ],
        names=["date", "station", "parameter"],
    )
    frame = pd.DataFrame({"value": random.normal(size=len(index)).round(3)}, index).reset_index()
    frame = frame.drop(index=random.choice(frame.index[kinds:], holes, replace=False))
    wide = frame.pivot(index=["station", "date"], columns="parameter", values="value")
    table = table_of(frame.to_csv(index=False))
    choices = suggest_choices(table).but(gaps="zero", standardise=False)
    batch = prepare(table, choices)
    columns = [name for name in table.columns if name.startswith("q")]
    for place, station in enumerate(batch.sequence_names if stations > 1 else ["S0"]):
        own = wide.loc[station][columns].fillna(0).to_numpy()
        np.testing.assert_allclose(batch.original[: len(own), place], own, atol=1e-6)


def test_a_code_of_the_one_station_is_no_feature() -> None:
    text = "agency,site_no,datetime,flow\n" + "".join(
        f"USGS,01013500,{day},{place}\n" for place, day in enumerate(DAYS)
    )
    assert batch_of(text).names == ("flow",)


def test_two_columns_of_dates_that_order_differently_are_asked() -> None:
    rows = [("2024-01-01", "2024-02-03", 1), ("2024-01-02", "2024-02-01", 2), ("2024-01-03", "2024-02-02", 3)]
    text = "sent,arrived,x\n" + "".join(f"{sent},{arrived},{x}\n" for sent, arrived, x in rows)
    (question,) = table_of(text).questions
    assert (question.option, question.taken.value, question.others[0].value) == ("time", "sent", "arrived")
    assert order_of(text) == [1, 2, 3] and order_of(text, time="arrived") == [2, 3, 1]
    assert read_sequence(text, time="arrived").original[:, 0, 0].round().tolist() == [2, 3, 1]
    assert table_of("start,end,x\n2024-01-01,2024-01-02,1\n2024-01-02,2024-01-03,2\n").questions == ()


@pytest.mark.parametrize("option", ["time", "sequence"])
def test_a_column_that_is_not_there_is_refused_by_name(option: str) -> None:
    with pytest.raises(SequenceError, match="no column 'weather'"):
        table_of("date,x\n2024-01-01,1\n2024-01-02,5\n", **{option: "weather"})


@pytest.mark.parametrize("name", ["NO", "NO2", "No", "Number", "Sunspot Number", "code"])
def test_a_measurement_that_is_called_like_a_number_tells_nothing_apart(name: str) -> None:
    rows = [f"{day},{10 + place % 5},{place}" for place, day in enumerate(DAYS)]
    assert suggest_choices(table_of("\n".join((f"date,{name},x", *rows)))).sequence is None


@pytest.mark.parametrize("header", ["t,x", "step,x", "date,x"])
def test_a_time_that_starts_anew_without_an_identifier_is_asked(header: str) -> None:
    times = DAYS[:5] if header.startswith("date") else [f"{step / 2}" for step in range(5)]
    text = "\n".join((header, *(f"{time},{run * 10 + n}" for run in range(3) for n, time in enumerate(times)))) + "\n"
    table = table_of(text)
    assert [question.option for question in table.questions] == ["sequence"]
    assert list(sequences_of(text).values()) == [[run * 10 + n for n in range(5)] for run in range(3)]
    with pytest.warns(ReadingWarning, match="starts anew 2 times, first in row 6"):
        read_sequence(text.encode(), name="a.csv")
    one = read_sequence(text.encode(), name="a.csv", sequence="")
    assert one.names[-1] == "x" and "run" not in " ".join(one.names)


def test_hours_and_months_that_start_anew_are_one_sequence() -> None:
    rows = [f"{n % 24},{n}" for n in range(72)]
    assert suggest_choices(table_of("\n".join(("hour,x", *rows)))).sequence is None


def test_numbers_without_a_name_in_blocks_in_which_dates_start_anew_are_asked() -> None:
    rows = [f"{unit},{day},{unit + n / 10}" for unit in (1, 2, 3) for n, day in enumerate(DAYS[:6])]
    table = table_of("\n".join(rows) + "\n")
    assert suggest_choices(table).sequence == "column_1" and table.questions[0].option == "sequence"


def test_things_read_in_turn_are_asked() -> None:
    rows = [f"2024-03-01 {n // 3:02}:{n % 3 * 7:02},{'abc'[n % 3]},{n * 7 % 5}" for n in range(30)]
    table = table_of("\n".join(("time,MAC,x", *rows)))
    assert [question.option for question in table.questions] == ["sequence"]


def test_codes_of_what_was_measured_become_a_feature_each_and_it_is_asked() -> None:
    rows = [
        f"{who},{item},{day},{value}" for who in (1, 2) for day in DAYS[:6] for item, value in ((20, 79), (40, 8000))
    ]
    table = table_of("\n".join(("SUBJECT_ID,ITEMID,CHARTTIME,VALUENUM", *rows)))
    assert {"20", "40"} <= set(table.columns) and "pivot" in [question.option for question in table.questions]


def test_another_column_of_times_is_said() -> None:
    rows = [f"{day} 00:00,{n},{day} 00:{n + 1:02},{n}" for n, day in enumerate(DAYS)]
    notes = table_of("\n".join(("A time,A value,B time,B value", *rows))).notes
    assert any("`B time` holds other times than `A time`" in note for note in notes)
