"""The table of names says what the glossary says, and what a trace's arrays are called."""

from __future__ import annotations

import re

import pytest
import torch

from lstm_viz.lessons.names import NAMES, names_html
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.traces import LayerTrace
from tests.docs.markdown import rows


def test_the_glossary_has_each_of_them_with_the_same_terms():
    glossary = {row[0].partition(",")[0]: row for row in rows("docs/glossary.md")}
    for name in NAMES:
        _, paper, letter, code, _ = glossary[name.course]
        assert paper == name.paper and code == f"`{name.trace}`"
        assert letter in ("", name.letter)


def test_a_trace_has_an_array_of_each():
    assert [name.trace for name in NAMES if not hasattr(LayerTrace, name.trace)] == [
        name.trace for name in NAMES if name.trace in LayerTrace.__annotations__ and name.trace not in vars(LayerTrace)
    ]


def test_pytorchs_blocks_of_rows_are_where_the_table_has_them():
    """With only one block's bias large, that gate alone is at its end."""
    blocks = {name.trace: re.fullmatch(r"block (\d)", name.torch) for name in NAMES}
    order = {trace: int(block[1]) - 1 for trace, block in blocks.items() if block}
    assert len(order) == 4
    import lstm_viz

    for gate, block in order.items():
        module = torch.nn.LSTM(2, 3)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.zero_()
            module.bias_ih_l0[3 * block : 3 * block + 3] = 50.0
        layer = lstm_viz.trace(module, torch.zeros(1, 1, 2)).layers[0]
        assert {other for other in order if abs(getattr(layer, other)).min() > 0.99} == {gate}


@pytest.mark.parametrize("lesson", [section.name for section in SECTIONS])
def test_the_pages_that_first_need_them_have_them(lesson):
    table = names_html(lesson)
    shown = [name for name in NAMES if f">{name.course}<" in table]
    assert len(shown) == {"basics": 3, "architecture": len(NAMES)}.get(lesson, 0)
