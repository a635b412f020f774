"""Which test files a change selects."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.affected import ROOT, SMOKE_TESTS, Affected, Outcome, Record, Suite, changed_files, outcomes, select

FILES = {
    "lstm_viz/__init__.py": "",
    "lstm_viz/cells.py": "x = 1",
    "lstm_viz/figures.py": "from lstm_viz.cells import x",
    "lstm_viz/alone.py": "y = 1",
    "tests/test_cells.py": "from lstm_viz.cells import x",
    "tests/test_figures.py": "from lstm_viz.figures import x",
    "tests/test_nothing.py": "",
    "tests/browser/test_page.py": "from lstm_viz.cells import x",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def chosen(root: Path, changed: set[str] | None, record: Record | None = None) -> list[str]:
    return [one.path for one in Suite(root).affected(record or Record(), changed)]


def passed(root: Path) -> Record:
    """A record in which all test files passed as they are now."""
    record, tested = Record(), Suite(root)
    record.note({path: Outcome(seconds=1) for path in tested.digests}, tested.digests)
    return record


def test_a_change_selects_the_tests_of_its_importers_the_nearest_first(small: Path):
    assert chosen(small, {"lstm_viz/cells.py"}) == ["tests/test_cells.py", "tests/test_figures.py"]
    assert chosen(small, {"lstm_viz/figures.py"}) == ["tests/test_figures.py"]
    assert chosen(small, {"tests/test_nothing.py"}) == ["tests/test_nothing.py"]


def test_a_file_that_nobody_imports_selects_nothing(small: Path):
    assert chosen(small, {"lstm_viz/alone.py", "NOTES.txt"}) == []
    assert chosen(small, set()) == []


def test_without_git_all_run_until_they_pass(small: Path):
    assert set(chosen(small, None)) == {"tests/test_cells.py", "tests/test_figures.py", "tests/test_nothing.py"}
    assert chosen(small, None, passed(small)) == []


def test_what_passed_as_it_is_does_not_run_again(small: Path):
    (small / "lstm_viz/cells.py").write_text("x = 2")
    record = passed(small)
    assert chosen(small, {"lstm_viz/cells.py"}, record) == []
    (small / "lstm_viz/figures.py").write_text("x = 3")
    both = {"lstm_viz/cells.py", "lstm_viz/figures.py"}
    assert chosen(small, both, record) == ["tests/test_figures.py"]
    (small / "lstm_viz/figures.py").write_text(FILES["lstm_viz/figures.py"])
    assert chosen(small, both, record) == []


def test_what_failed_runs_until_it_passes(small: Path):
    record, tested = passed(small), Suite(small)
    record.note({"tests/test_nothing.py": Outcome(failed=True)}, tested.digests)
    assert chosen(small, set(), record) == ["tests/test_nothing.py"]
    record.note({"tests/test_nothing.py": Outcome(cut_short=True)}, tested.digests)
    assert chosen(small, set(), record) == []
    record.note({"tests/test_nothing.py": Outcome(failed=True)}, tested.digests)
    record.note({"tests/test_nothing.py": Outcome()}, tested.digests)
    assert chosen(small, set(), record) == []


def test_a_deleted_file_selects_who_needed_it(small: Path):
    (small / "lstm_viz/cells.py").unlink()
    tested = Suite(small, deleted={"lstm_viz/cells.py"})
    found = [one.path for one in tested.affected(Record(), {"lstm_viz/cells.py"})]
    assert found == ["tests/test_cells.py", "tests/test_figures.py"]
    (small / "tests/test_cells.py").unlink()
    assert "tests/test_cells.py" not in Suite(small, deleted={"tests/test_cells.py"}).distances


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.sets(st.sampled_from(sorted(FILES))))
def test_what_is_selected_is_what_can_reach_the_change(small: Path, changed: set[str]):
    tested = Suite(small)
    reached = {path for path, needed in tested.distances.items() if needed.keys() & changed}
    assert set(chosen(small, changed)) == reached


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 5), st.floats(0.1, 50)), min_size=1),
    st.floats(0, 100),
)
def test_the_nearest_run_within_the_time_and_the_rest_is_named(files: dict, budget: float):
    tested = _Given(
        [Affected(path, *numbers) for path, (near, cost) in files.items() for numbers in [(near, "", cost)]]
    )
    selection = select(tested, Record(), set(), budget)
    assert sum(one.seconds for one in selection.run) <= budget + 1e-9
    assert {one.path for one in [*selection.run, *selection.skipped]} == set(files)
    for one in selection.skipped:
        before = [other for other in selection.run if other.distance <= one.distance]
        assert sum(other.seconds for other in before) + one.seconds > budget - 1e-9
    assert select(tested, Record(), set(), budget, rest=True).run == tested.found


class _Given:
    """Test files whose distances and times are given."""

    def __init__(self, found: list[Affected]) -> None:
        self.found = sorted(found, key=lambda one: (one.distance, one.seconds))
        self.distances: dict[str, dict[str, int]] = {}

    def affected(self, record: Record, changed: set[str] | None) -> list[Affected]:
        return self.found


def test_what_was_left_out_stays_so_until_it_changes_or_is_asked_for():
    one = Affected("slow.py", 1, "as it was", 1000.0)
    record = Record(left={"slow.py": "as it was"})
    assert select(_Given([one]), record, set(), 10).skipped_before == [one]
    assert select(_Given([one]), record, set(), 10).in_words()[1].count("slow.py") == 1
    assert select(_Given([one]), record, set(), 10, rest=True).run == [one]
    assert select(_Given([one._replace(digest="new", seconds=1)]), record, set(), 10).run
    assert select(_Given([one._replace(seconds=1)]), Record(left=record.left, failed=["slow.py"]), set(), 10).run


def test_a_record_is_read_as_it_was_written(tmp_path: Path):
    record = Record({"a": ["1"]}, ["b"], {"c": "2"}, {"a": 1.5}, "abc")
    record.write(tmp_path / "new" / "record.json")
    assert Record.read(tmp_path / "new" / "record.json") == record
    (tmp_path / "broken.json").write_text('{"passed": ')
    assert Record.read(tmp_path / "broken.json") == Record.read(tmp_path / "none.json") == Record()


def test_a_report_is_read_by_file(tmp_path: Path):
    report = tmp_path / "report.xml"
    report.write_text("""<testsuites><testsuite>
      <testcase classname="tests.test_package_rules" name="test_a" time="1.5"/>
      <testcase classname="tests.test_package_rules" name="test_b" time="0.5"><failure message="no"/></testcase>
      <testcase classname="tests.test_affected.Deep" name="c" time="1"><skipped message="no time left"/></testcase>
      <testcase classname="lstm_viz.__init__" name="lstm_viz" time="2"/>
      <testcase classname="" name="tests.test_run" time="0"><error message="collection failure"/></testcase>
    </testsuite></testsuites>""")
    assert outcomes(report, "no time left") == {
        "tests/test_package_rules.py": Outcome(failed=True, seconds=2),
        "tests/test_affected.py": Outcome(cut_short=True, seconds=1),
        "lstm_viz/__init__.py": Outcome(seconds=2),
        "tests/test_run.py": Outcome(failed=True),
    }


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git")
def test_changes_are_counted_from_the_upstream_branch_or_the_first_commit_seen(tmp_path: Path):
    def git(folder: Path, *arguments: str) -> str:
        own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        run = subprocess.run(["git", *own, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    assert changed_files(Record(), origin)[0] is None
    git(origin, "init", "-q")
    for name in ("a.py", "b.py"):
        (origin / name).write_text("")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "first")
    record = Record()
    assert changed_files(record, origin)[0] == set()
    assert record.first_commit == git(origin, "rev-parse", "HEAD")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    for folder in (origin, clone):
        (folder / "a.py").unlink()
        (folder / "c.py").write_text("")
        assert changed_files(record, folder)[0] == {"a.py", "c.py"}
        git(folder, "add", ".")
        git(folder, "commit", "-qam", "second")
        assert changed_files(record, folder)[0] == {"a.py", "c.py"}
    assert "upstream" in changed_files(Record(), clone)[1]
    assert changed_files(Record(), origin)[0] == set()


@pytest.fixture(scope="module")
def here() -> Suite:
    return Suite(ROOT)


def test_the_first_tests_are_there_and_run_in_a_fresh_clone(here: Suite):
    assert set(SMOKE_TESTS) <= set(here.digests)
    assert {one.path for one in here.affected(Record(), set())} == set(SMOKE_TESTS)


@pytest.mark.parametrize("name", ["trace", "CourseLSTM"])
def test_here_a_change_in_the_cells_reaches_their_tests(name: str, here: Suite):
    changed = here.graph.lazy_imports["lstm_viz"][name]
    found = {one.path for one in here.affected(Record(), {changed})}
    assert {path for path in found if path.startswith("tests/cells/")}
    assert 50 < len(found) < 0.7 * len(here.digests)
