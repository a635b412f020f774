"""A class follows its teacher: codes, links, streams, limits, the end, and a server that was restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.classroom import classes, classroom, codes
from lstm_viz.classroom.page_state import MAX_STATE, PageStates
from lstm_viz.classroom.rates import MOST_SENDERS, RateLimit
from lstm_viz.classroom.refusal import Refusal
from tests.classroom.browsers import KEYS, PAGES, Clock, School


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@in_loop
async def test_who_follows_hears_where_the_teacher_is_and_was():
    school = School()
    teacher = await school.begin("basics?step=3&model=Delayed recall")
    first, second = await school.follow(teacher.code.lower(), 1), await school.follow(teacher.code, 2)
    assert [await each.heard("state") for each in (first, second)] == ["basics?step=3&model=Delayed+recall"] * 2
    assert (await teacher.go("forget_gate?step=5&beat=move-on")).status == 200
    assert [await each.heard("state") for each in (first, second)] == ["forget_gate?step=5&beat=move-on"] * 2
    leader = await teacher.lead()
    assert (await leader.heard("count"))["people"] == 2
    await first.leave()
    assert (await leader.heard("count"))["people"] == 1
    for stream in (second, leader):
        await stream.leave()
    assert school.classes.streams == 0


@in_loop
async def test_a_slow_browser_is_told_the_newest_alone():
    school = School()
    teacher = await school.begin()
    stream = await school.follow(teacher.code)
    for step in range(2, 40):
        await teacher.go(f"basics?step={step}")
    heard = [await stream.heard("state")]
    while heard[-1] != "basics?step=39":
        heard.append(await stream.heard("state"))
    assert len(heard) < 39
    await stream.leave()


@in_loop
async def test_who_wanders_is_counted():
    school = School()
    teacher = await school.begin()
    leader, stream = await teacher.lead(), await school.follow(teacher.code)
    away = {"person": "person-number-000000", "away": True}
    assert (await school.post(teacher.path("/away"), away)).status == 200
    while (count := await leader.heard("count"))["away"] != 1:
        pass
    assert count["people"] == 1
    again = await school.follow(teacher.code, away="1")  # the same person's stream, come back, or a tab's duplicate
    assert b"event: moved" in await stream.rest()
    assert (len(school.classes.find(teacher.code).people), len(school.classes.find(teacher.code).away)) == (1, 1)
    for each in (leader, again):
        await each.leave()


@pytest.mark.parametrize("base", ["", "/lstm"])
def test_a_link_and_a_typed_code_lead_to_where_the_teacher_is(base):
    @in_loop
    async def run() -> None:
        school = School(base=base)
        teacher = await school.begin("forget_gate?step=5&run=secret+name&theme=dark&model=a+b")
        typed = f" {teacher.code[:2].lower()} {teacher.code[2:]}".replace(" ", "%20")
        assert (await school.get(f"{base}/class/join?code={typed}")).headers["location"] == teacher.path()
        answer = await school.get(teacher.path())
        parts = urlsplit(answer.headers["location"])
        assert (answer.status, parts.netloc, parts.path) == (303, "", f"{base}/forget_gate")
        asked = {"step": "5", "model": "a b", "class": teacher.code, "embed_options": "dark_theme"}
        assert parse_qs(parts.query) == {name: [value] for name, value in asked.items()}
        page = await school.get(f"{base}/class")
        assert page.status == 200 and f'action="{base}/class/join"' in page.body.decode()

    run()


@in_loop
async def test_a_wrong_code_is_answered_with_a_sentence_and_the_field_again():
    school = School()
    said = {
        "BBBBB": "There is no class with this code.",
        "join?code=%3Cscript%3E": "A code has 5",
        "join": "A code has 5",
    }
    for target, sentence in said.items():
        answer = await school.get(f"/class/{target}")
        page = answer.body.decode()
        assert answer.status == 404 and sentence in page and "<form" in page
        assert "<script>" not in page
    assert "no class with this code" in (await school.get("/class/BBBBB/events?person=x")).sentence


@in_loop
async def test_nobody_but_the_teacher_leads():
    school = School()
    teacher, other = await school.begin(), await school.begin()
    posts = {"/state": {"state": "basics?step=9"}, "/ballot": {"action": "close"}, "/end": {}}
    for token in ("", "1.2", ".", other.token, teacher.token[:-1] + ("0" if teacher.token[-1] != "0" else "1")):
        stranger = teacher._replace(token=token)
        answers = [await stranger.post(part, body) for part, body in posts.items()]
        answers += [await stranger.get(part) for part in ("/lead", "/kept", "/counts.csv")]
        answers += [await stranger.post("/resume", {"state": "basics?"})]
        assert {answer.status for answer in answers} == {403}
        assert all("Only the teacher" in answer.sentence for answer in answers)
    link = (await school.get(teacher.path())).headers["location"]
    assert teacher.token.partition(".")[2] not in link
    assert len(school.classes) == 2


@in_loop
async def test_a_class_ends_by_itself_and_when_its_teacher_says_so():
    school = School()
    teacher, other = await school.begin(), await school.begin()
    streams = [await school.follow(each.code) for each in (teacher, other)]
    await teacher.post("/end", {})
    assert await streams[0].heard("end") == "The class is over."
    school.clock.now += classroom.LIFETIME - 1
    assert (await other.go("basics?step=4")).status == 200
    school.clock.now += 1
    assert (await other.go("basics?step=4")).status == 404
    assert await streams[1].heard("end") == "The class is over."
    assert len(school.classes) == 0
    assert "three hours" in (await other.post("/resume", {"state": "basics?"})).sentence


@in_loop
async def test_a_class_that_nobody_listens_to_makes_room():
    school = School()
    lonely, heard = await school.begin(), await school.begin()
    stream = await heard.lead()
    school.clock.now += classroom.LONELY + 1
    assert (await school.get(lonely.path())).status == 404 and (await school.get(heard.path())).status == 303
    await stream.leave()


@in_loop
async def test_a_restarted_server_has_the_class_back_from_its_teacher():
    school = School()
    teacher = await school.begin()
    kept = (await teacher.get("/kept")).json
    school.restart()
    assert (await school.get(teacher.path())).status == 404
    squatter = teacher._replace(token=f"{int(school.clock.now)}.{'0' * 64}")
    assert (await squatter.post("/resume", {"state": "basics?step=9"})).status == 403
    assert (await teacher.post("/resume", {"state": "basics?step=7", "kept": kept})).json["code"] == teacher.code
    stream = await school.follow(teacher.code)
    assert await stream.heard("state") == "basics?step=7"
    # Bringing back a class that is there changes nothing of it.
    assert (await teacher.post("/resume", {"state": "basics?step=1"})).status == 200
    assert school.classes.find(teacher.code).state == "basics?step=7"
    await stream.leave()


@in_loop
async def test_two_processes_share_the_classes_by_the_codes_first_letter():
    clock = Clock()
    processes = {letter: School(letter, clock) for letter in "BC"}
    teachers = {letter: await school.begin() for letter, school in processes.items()}
    assert [teacher.code[0] for teacher in teachers.values()] == ["B", "C"]
    # What a proxy sends to the wrong process is refused there, also where that one was restarted.
    astray = teachers["B"]._replace(school=processes["C"])
    assert (await astray.go("basics?step=4")).status == 404
    assert (await astray.post("/resume", {"state": "basics?step=4"})).status == 403


def test_the_environment_gives_a_process_its_letters(monkeypatch):
    monkeypatch.setenv(codes.LETTERS_VARIABLE, " bc ")
    assert codes.process_letters() == "BC"
    monkeypatch.setenv(codes.LETTERS_VARIABLE, "AEIOU")
    with pytest.raises(ValueError, match=codes.LETTERS_VARIABLE):
        codes.process_letters()


def test_a_servers_key_outlives_it_and_is_its_owners_alone(monkeypatch, tmp_path):
    monkeypatch.delenv(codes.KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    key = codes.server_key()
    assert codes.server_key() == key and len(key) == 32
    assert (tmp_path / "lstm-viz" / "class-key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv(codes.KEY_VARIABLE, "given")
    assert codes.server_key() != key
    monkeypatch.delenv(codes.KEY_VARIABLE)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "lstm-viz" / "class-key"))  # no folder can be made there
    assert codes.server_key() != codes.server_key()


@in_loop
async def test_a_server_that_stops_is_not_kept_by_its_streams():
    school = School()
    teacher = await school.begin()
    streams = [await school.follow(teacher.code), await teacher.lead()]
    school.classes.stop()
    for stream in streams:
        assert b"event: end" not in await stream.rest()
    assert "being restarted" in (await school.get(teacher.path("/events?person=person-number-000003"))).sentence
    assert school.classes.streams == 0


# Limits


@in_loop
async def test_bodies_are_json_of_a_bounded_size():
    school = School()
    teacher = await school.begin()
    assert (await school.ask("POST", "/class", b"state=basics")).status == 415
    for body, status in ((b"[]", 400), (b"{", 400), (b"\xff", 400), (b'"' + b"a" * 9000 + b'"', 413)):
        answer = await school.ask("POST", "/class", body, content_type="application/json; charset=utf-8")
        assert answer.status == status and answer.sentence.endswith(".")
    assert (await teacher.go("basics?model=" + "a" * MAX_STATE)).status == 400


@in_loop
async def test_classes_people_and_streams_are_bounded(monkeypatch):
    monkeypatch.setattr(classes, "MAX_CLASSES", 2)
    monkeypatch.setattr(classroom, "MAX_PEOPLE", 2)
    school = School()
    teacher, _ = await school.begin(), await school.begin()
    assert "2 classes are on already" in (await school.post("/class", {"state": "basics?"})).sentence
    streams = [await school.follow(teacher.code, person) for person in (1, 2, 2)]
    full = await school.get(teacher.path("/events?person=person-number-000003"))
    assert full.status == 503 and "room for 2" in full.sentence
    leaders = [await teacher.lead() for _ in range(4)]
    assert (await teacher.get("/lead")).status == 409
    for each in (*streams, *leaders):
        await each.leave()


@in_loop
async def test_what_comes_too_often_has_to_wait():
    school = School()
    teacher = await school.begin()
    steps = [await teacher.go(f"basics?step={step}") for step in range(100)]
    assert {answer.status for answer in steps} == {200, 429} and steps[-1].sentence.startswith("That was too often.")
    misses = [await school.get("/class/BBBBB/events?person=x") for _ in range(80)]
    assert [misses[0].status, misses[-1].status] == [404, 429]
    begun = [await school.post("/class", {"state": "basics?"}) for _ in range(20)]
    assert [begun[0].status, begun[-1].status] == [200, 429]
    school.clock.now += 10
    assert (await teacher.go("basics?step=1")).status == 200


def test_a_rate_limit_remembers_so_many_senders_and_no_more():
    clock = Clock()
    limit = RateLimit(1, 2, clock)
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    for other in range(MOST_SENDERS):
        limit.allows(str(other))
    assert limit.allows("a")


# What is followed


@given(st.text(max_size=60))
def test_nothing_but_known_keys_and_pages_is_handed_on(text):
    states = PageStates(PAGES, KEYS)
    try:
        checked = states.checked(text)
    except Refusal:
        return
    page, _, query = checked.partition("?")
    assert page in PAGES and set(parse_qs(query)) <= {*KEYS, "run", "step", "beat", "unit", "theme"}


@pytest.mark.parametrize(
    "state",
    ["//elsewhere?step=1", "../basics?", "basics?step=-1", "basics?step=1e9", "basics?class=BBBBB", "basics?step=٣",
     "basics?theme=pink", "basics?model=%00", "basics?model=%E2%80%AEa", "basics?model=%FF", "unknown?step=1",
     "basics?embed_options=dark_theme", "basics?model=" + "a" * 241, "&".join(["basics?step=1"] * 40), None, 5],
)  # fmt: skip
def test_a_state_that_is_none_is_refused(state):
    with pytest.raises(Refusal, match="no place in the app"):
        PageStates(PAGES, KEYS).checked(state)


@in_loop
async def test_the_qr_code_is_of_the_classs_own_link():
    school = School()
    teacher = await school.begin()
    drawn = await school.get(teacher.path(f"/code.svg?link=https://school/class/{teacher.code}"))
    assert drawn.status == 200 and drawn.body.startswith(b"<svg") and drawn.headers["content-type"] == "image/svg+xml"
    for link in (
        "https://elsewhere/",
        f"javascript:/class/{teacher.code}",
        f"https://{'a' * 300}/class/{teacher.code}",
    ):
        assert (await school.get(teacher.path(f"/code.svg?link={link}"))).status == 400
