"""`lstm-viz worksheet`: the sheets of the app, as a file."""

from __future__ import annotations

from pathlib import Path

from lstm_viz.ui.lessons.worksheet_pages import worksheet_page


def test_it_writes_the_apps_own_page(typed):
    result = typed("worksheet learn_gate -o sheets.html --seed 4 --seats 2 --model brackets")
    assert result.exit_code == 0 and "2 sheets and the key" in result.output
    assert Path("sheets.html").read_text(encoding="utf-8") == worksheet_page("learn_gate", "brackets", 4, 2, True)


def test_a_wrong_name_is_a_sentence_and_no_file(typed):
    result = typed("worksheet forget -o sheets.html")
    assert result.exit_code == 1 and "There is no lesson forget" in result.output and "forget_gate" in result.output
    assert list(Path().iterdir()) == []
