"""A question that is asked of a class: rounds, counts without names, and the table of them."""

from __future__ import annotations

import csv
import io

import pytest

from lstm_viz.classroom import ballot
from tests.classroom.browsers import QUESTION, School, vote
from tests.classroom.test_following import in_loop


@in_loop
async def test_a_vote_is_closed_repeated_and_revealed():
    school = School()
    teacher = await school.begin()
    streams = [await school.follow(teacher.code, person) for person in range(3)]
    assert await streams[0].heard("ballot") is None
    leader = await teacher.lead()
    assert (await teacher.ask()).status == 200
    seen = await streams[0].heard("ballot")
    assert seen == {"number": 1, "round": 1, "phase": "open", "question": "Up or down?", "options": QUESTION["options"]}
    for person, option in ((0, 0), (1, 2), (2, 1), (1, 1)):  # the second thinks again
        assert (await vote(school, teacher.code, person, option)).status == 200
    while (count := await leader.heard("count"))["ballot"] is None or sum(count["ballot"]["counts"]) < 3:
        pass
    assert count["ballot"]["counts"] == [1, 2, 0]
    await teacher.ballot("close")
    seen = await streams[0].heard("ballot")
    assert (seen["phase"], seen["counts"]) == ("closed", [1, 2, 0]) and "right" not in seen
    assert (await vote(school, teacher.code, 0, 1)).sentence == "The vote is closed."
    await teacher.ballot("again")
    assert (await streams[0].heard("ballot"))["round"] == 2
    assert (await vote(school, teacher.code, 0, 1)).sentence == "This vote is over."  # it was for the round before
    for person in range(3):
        await vote(school, teacher.code, person, 1, round=2)
    await teacher.ballot("reveal")
    seen = await streams[0].heard("ballot")
    assert (seen["phase"], seen["counts"], seen["right"]) == ("revealed", [0, 3, 0], 1)
    await teacher.ballot("done")
    assert await streams[0].heard("ballot") is None
    table = list(csv.DictReader(io.StringIO((await teacher.get("/counts.csv")).body.decode())))
    assert [(row["round"], row["answer"], row["count"], row["right"]) for row in table] == [
        ("1", "up", "1", "no"), ("1", "down", "2", "yes"), ("1", "it stays", "0", "no"),
        ("2", "up", "0", "no"), ("2", "down", "3", "yes"), ("2", "it stays", "0", "no"),
    ]  # fmt: skip
    for each in (*streams, leader):
        await each.leave()


@in_loop
async def test_nobody_is_known_by_an_answer_once_the_vote_is_closed():
    school = School()
    teacher = await school.begin()
    stream = await school.follow(teacher.code)
    await teacher.ask()
    await vote(school, teacher.code, 0, 1)
    found = school.classes.find(teacher.code).ballot
    assert "person-number" in repr(found)
    await teacher.ballot("close")
    assert "person-number" not in repr(found)
    await stream.leave()


@in_loop
async def test_only_who_is_there_votes_and_for_what_there_is():
    school = School()
    teacher = await school.begin()
    stream = await school.follow(teacher.code)
    assert (await vote(school, teacher.code, 0, 0)).sentence == "This vote is over."
    await teacher.ask()
    assert (await vote(school, teacher.code, 5, 0)).status == 403
    for option in (3, -1, True, "0", None, 1.0):
        assert (await vote(school, teacher.code, 0, option)).sentence == "There is no such answer."
    await school.post(teacher.path("/answer"), {"person": "x", "option": 0})
    assert school.classes.find(teacher.code).ballot.tally() == (0, 0, 0)
    assert {(await vote(school, teacher.code, 0, 0)).status for _ in range(20)} == {200, 429}
    await stream.leave()


@in_loop
async def test_a_question_is_a_few_short_texts():
    teacher = await School().begin()
    wrong = [
        {"options": ["one"]}, {"options": ["a"] * 7}, {"options": "ab"}, {"options": ["a", 2]}, {"options": ["a", " "]},
        {"right": 3}, {"right": True}, {"right": None}, {"question": "a" * 601}, {"question": ""}, {"question": None},
    ]  # fmt: skip
    for changed in wrong:
        answer = await teacher.ask(**changed)
        assert answer.status == 400 and answer.sentence.endswith(".")
    assert (await teacher.ask(question="a\x00b\u202ec")).status == 200
    assert teacher.school.classes.find(teacher.code).ballot.question == "a b c"
    for action in ("again", "elsewhere", None):
        assert (await teacher.ballot(action)).status == 409


@in_loop
async def test_an_open_vote_and_the_counts_come_back_after_a_restart(monkeypatch):
    school = School()
    teacher = await school.begin()
    stream = await school.follow(teacher.code)
    await teacher.ask()
    await vote(school, teacher.code, 0, 2)
    await teacher.ballot("close")
    await teacher.ballot("again")
    await stream.leave()
    kept, table = (await teacher.get("/kept")).json, (await teacher.get("/counts.csv")).body
    school.restart()
    await teacher.post("/resume", {"state": "basics?step=3", "kept": kept})
    assert (await teacher.get("/counts.csv")).body == table
    stream = await school.follow(teacher.code)
    seen = await stream.heard("ballot")
    assert (seen["number"], seen["round"], seen["phase"]) == (1, 2, "open")
    assert (await vote(school, teacher.code, 0, 2, round=2)).status == 200
    await stream.leave()
    await teacher.ballot("reveal")
    kept = (await teacher.get("/kept")).json
    school.restart()
    await teacher.post("/resume", {"state": "basics?step=3", "kept": kept})
    assert (await teacher.get("/kept")).json == kept


@pytest.mark.parametrize(
    "kept",
    [5, {"rounds": 5}, {"rounds": [5]}, {"rounds": [{**QUESTION, "counts": [1]}]}, {"ballots": -1}, {"ballot": 5},
     {"rounds": [{**QUESTION, "counts": [1, 2, "3"]}]}, {"ballot": {"question": "?"}}, {"rounds": [{}] * 61}],
)  # fmt: skip
def test_a_class_comes_back_with_nothing_that_was_made_up(kept):
    @in_loop
    async def run() -> None:
        school = School()
        teacher = await school.begin()
        school.restart()
        assert (await teacher.post("/resume", {"state": "basics?", "kept": kept})).status == 400
        assert len(school.classes) == 0

    run()


@in_loop
async def test_votes_are_bounded(monkeypatch):
    monkeypatch.setattr("lstm_viz.classroom.classroom.MAX_ROUNDS", 2)
    teacher = await School().begin()
    for _ in range(2):
        await teacher.ask()
        await teacher.ballot("done")
    assert (await teacher.ask()).status == 409


def test_no_cell_of_the_table_is_a_formula():
    options = ("=1+1", "+0.97", "-0.97", "@a", "plain")
    rows = ballot.counts_csv([ballot.Round("=cmd", options, 0, 1, (0,) * 5)])
    for row in csv.DictReader(io.StringIO(rows)):
        assert not {row["question"][0], row["answer"][0]} & set(ballot.FORMULA_SIGNS)
