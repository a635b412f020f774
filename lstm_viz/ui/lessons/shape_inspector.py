"""The shape inspector: sizes to change, every tensor's shape, the number of parameters, the usual mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from lstm_viz.figures.tensors.blocks import Block
from lstm_viz.figures.tensors.picture import Group, box_picture, plate_picture
from lstm_viz.lessons.shape_mistakes import (
    Mistake,
    ShapeComparison,
    Verdict,
    compare_shapes,
    parse_shape,
    usual_mistakes,
    verdict,
)
from lstm_viz.lessons.tensor_shapes import (
    ParameterTerm,
    Spec,
    TensorRow,
    constructor,
    count_parameters,
    inputs_and_outputs,
    weights,
)
from lstm_viz.player.components import Screen, screen
from lstm_viz.ui.navigation.open_page import style_sheet
from lstm_viz.ui.plain_text import markdown, plain_text

AXES_SENTENCE = "Steps or layers run to the right, sequences go back, features and units stand up."
#: What a person may change: its label, its name in `Spec`, its largest value.
SIZES = (
    ("Input size", "input_size", 4096),
    ("Hidden size", "hidden_size", 4096),
    ("Batch", "batch", 4096),
    ("Steps", "steps", 10_000),
    ("Layers", "layers", 8),
)
START = Spec()


@st.fragment
def folded_shape_inspector(start: Spec = START) -> None:
    """The inspector under a line that opens it; nothing of it is computed or drawn before."""
    fold = st.expander("Shapes: how large every tensor is, and what goes wrong", key="shapes fold", on_change="rerun")
    with fold:
        if fold.open:
            shape_inspector(start)


@st.fragment
def shape_inspector(start: Spec = START) -> None:
    """The whole inspector; `start` holds its sizes until a person changes them, and each start keeps its changes."""
    spec = _choose_spec(start)
    current = screen("shapes screen")
    true = show_tensors(_passed_groups(spec), box_picture, current, "boxes")
    true = show_tensors(_weight_groups(spec), plate_picture, current, "plates") and true
    scale = "Edges are to scale." if true else "Long edges are drawn shorter than to scale."
    st.caption(plain_text(f"{AXES_SENTENCE} {scale}"))
    show_tables(spec)
    show_parameter_count(spec)
    show_mistakes(spec, current)


def _choose_spec(start: Spec) -> Spec:
    """The sizes that a person chose, kept from page to page."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="shapes sizes"):
        sizes: dict[str, Any] = {
            name: _choose_size(label, most, min(getattr(start, name), most), _key(name, start))
            for label, name, most in SIZES
        }
        cell = st.segmented_control(
            "Cell",
            ("Standard", "Course"),
            default=start.cell.title(),
            required=True,
            key=_key("cell", start),
            persist_state="session",
            width="content",
            label_visibility="collapsed",
        )
        course = cell == "Course"
        batch_first = st.toggle(
            "batch_first", start.batch_first, key=_key("batch_first", start), persist_state="session"
        )
        both = st.toggle(
            "bidirectional",
            start.bidirectional,
            key=_key("bidirectional", start),
            persist_state="session",
            disabled=course,
        )
    spec = Spec(**sizes, batch_first=batch_first, bidirectional=both and not course)
    return replace(spec, cell="course") if course else spec


def _key(name: str, start: Spec) -> str:
    """A widget's key. Where the page begins with other sizes, as another model has them, it is another one."""
    sizes = "" if start == START else " " + "-".join(str(getattr(start, size)) for _, size, _ in SIZES) + start.cell
    return f"shapes {name}{sizes}"


def _choose_size(label: str, most: int, start: int, key: str) -> int:
    """A size from 1 up; an emptied field counts as what it was at first."""
    chosen = st.number_input(plain_text(label), 1, most, start, key=key, persist_state="session", width=96)
    return start if chosen is None else int(chosen)


def _passed_groups(spec: Spec) -> list[Group]:
    rows = inputs_and_outputs(spec)
    return [Group("handed over", row_blocks(rows[:3])), Group("comes back", row_blocks(rows[3:]))]


def _weight_groups(spec: Spec) -> list[Group]:
    """The first layer's forward direction; of the others what is different, if anything is."""
    one = weights(spec, 0)
    title = "layer 1, forward; backward alike" if spec.bidirectional else "layer 1"
    groups = [Group(title, row_blocks(one[: len(one) // spec.directions]))]
    if spec.layers > 1:
        others = "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
        groups.append(Group(f"{others}: the rest alike", row_blocks(weights(spec, 1)[:1])))
    return groups


def show_tables(spec: Spec) -> None:
    """What goes in and comes out, and beside it every weight."""
    one, *others = [weights(spec, layer) for layer in range(spec.layers)]
    forward = len(one) // spec.directions
    rest = [*one[forward:], *(row for rows in others for row in rows)]
    more = (
        f"<details><summary>{len(rest)} more: {_other_layers(spec)}</summary>{_table(rest)}</details>" if rest else ""
    )
    data = f"<div><h2>Handed over, and coming back</h2>{_table(inputs_and_outputs(spec))}</div>"
    st.html(
        f"<style>{style_sheet('lstm_viz.ui.lessons', 'shapes.css')}</style><div class='tensors'>{data}"
        f"<div><h2>Trainable, of layer 1</h2>{_table(one[:forward])}{more}</div></div>"
    )


def show_parameter_count(spec: Spec) -> None:
    """The number of trainable numbers, added up; the line that makes the module; the other cell beside it."""
    total, terms = count_parameters(spec)
    sums = "<br>".join(_term_text(term) for term in terms)
    letters = "H hidden size, D what the layer reads" + (", P projected units" if spec.proj_size else "")
    module = f"trainable numbers in <code>{constructor(spec)}</code>"
    st.html(
        f"<div class='shape-count'><b class='all'>{total:,}</b> {module}<br>"
        f"<span class='sum'>{sums}</span><br><small>{letters}. {_other_cell_sentence(spec, total)}</small></div>"
    )


def _other_layers(spec: Spec) -> str:
    others = "" if spec.layers == 1 else "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
    return " and ".join(filter(None, ["backward (reverse)" if spec.bidirectional else "", others]))


def _table(rows: Sequence[TensorRow]) -> str:
    return f"<table>{''.join(map(_table_row, rows))}</table>"


def _table_row(row: TensorRow) -> str:
    return (
        f"<tr><td><code>{row.name}</code><br>{row.shape}</td>"
        f"<td>{', '.join(row_block(row).counted)}<small>{row.what}</small></td></tr>"
    )


def _term_text(term: ParameterTerm) -> str:
    if term.times == 1:
        return f"{term.what}: {term.symbols} = {term.numbers} = {term.each:,}"
    times = f"{term.times} × "
    return f"{term.what}: {times}({term.symbols}) = {times}({term.numbers}) = {term.times * term.each:,}"


def _other_cell_sentence(spec: Spec, total: int) -> str:
    """The same sizes in the other cell, where there is one."""
    if spec.bidirectional or spec.proj_size:
        return ""
    course = spec.cell == "course"
    other = count_parameters(replace(spec, cell="standard" if course else "course")).total
    name = "PyTorch's" if course else "the course's"
    why = "W_u and b_u of its own, but one bias where PyTorch has two"
    return f"Of the same sizes, {name} cell has {other:,}: the course's has {why}."


CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


def show_tensors(
    groups: Sequence[Group], draw: Callable[..., go.Figure], screen: Screen, key: str, **more: Any
) -> bool:
    """Shows a picture of tensors, and says in words what it shows. Returns whether its edges are to scale."""
    figure = draw(groups, palette=screen.palette, narrow=screen.narrow, **more)
    st.plotly_chart(figure, theme=None, config=CONFIG, alt=_alt_text(groups), key=f"shapes {key}")
    return bool(figure.layout.meta["to scale"])


def row_blocks(rows: Sequence[TensorRow], lit: int | None = None) -> tuple[Block, ...]:
    """Rows to be drawn; `lit` is the axis whose first place is lit."""
    return tuple(row_block(row, lit) for row in rows)


def row_block(row: TensorRow, lit: int | None = None) -> Block:
    """One row to be drawn."""
    return Block(row.name, row.shape, row.axes, row.lengths, "" if lit is None else row.axes[lit])


def _alt_text(groups: Sequence[Group]) -> str:
    return " ".join(f"{group.title}: {'; '.join(block.description for block in group.blocks)}." for group in groups)


OWN_SHAPES = "Shapes of my own"


def show_mistakes(spec: Spec, screen: Screen) -> None:
    """A choice of mistakes, and the verdict on the one chosen."""
    with st.container(border=True, key="shapes mistakes"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            mistake = _choose_mistake(spec)
        if mistake is not None:
            _mistake_picture(compare_shapes(spec, mistake), screen)
            _show_verdict(spec, mistake, verdict(spec, mistake.x, mistake.h, pair=mistake.pair))


def _choose_mistake(spec: Spec) -> Mistake | None:
    known = {mistake.title: mistake for mistake in usual_mistakes(spec)}
    title = st.selectbox(
        "What happens with this input?", [*known, OWN_SHAPES], key="shapes mistake", persist_state="session", width=340
    )
    return _own_mistake(spec) if title == OWN_SHAPES else known[str(title)]


def _own_mistake(spec: Spec) -> Mistake | None:
    usual = str(spec.batched(spec.input_size))
    x = st.text_input("Shape of x", usual, key="shapes x", persist_state="session", max_chars=60, width=180)
    h = st.text_input(
        "Shape of h_0 and c_0", key="shapes h", persist_state="session", max_chars=60, width=180, placeholder="none"
    )
    try:
        return Mistake(OWN_SHAPES, parse_shape(str(x)), h=parse_shape(h) if h and h.strip() else None)
    except ValueError as refusal:
        st.warning(plain_text(refusal))
        return None


def _show_verdict(spec: Spec, mistake: Mistake, found: Verdict) -> None:
    call = f"`{_call_line(spec, mistake, bool(found.error))}`"
    st.markdown(
        markdown("{call}  \n**{verdict}** {effect}", call=call, verdict=_verdict_headline(found), effect=found.effect)
    )
    if found.error:
        st.code(found.error, language=None, wrap_lines=True)
    elif found.returns:
        output, h_n, c_n = found.returns
        st.markdown(plain_text(f"Comes back: output `{output}`, h_n `{h_n}`, c_n `{c_n}`."))
    st.markdown(markdown("**What to do.** {remedy}", remedy=found.remedy))
    if found.code:
        st.code(found.code, language="python", wrap_lines=True)


def _mistake_picture(pair: ShapeComparison, screen: Screen) -> None:
    """The wrong tensor as it is, beside what it is taken for or what is wanted."""
    axes = (pair.have or pair.taken)[0].axes
    lit = axes.index("sequences") if pair.runs and "sequences" in axes else None
    become = "" if lit is None else pair.taken[0].axes[lit]
    if become in ("", "sequences"):
        lit, titles = None, ("what is handed over", "as it is read" if pair.runs else "as it is wanted")
    else:
        titles = ("what is handed over, its first sequence lit", f"as it is read: that is one of the {become}")
    rows = [(title, rows) for title, rows in zip(titles, (pair.have, pair.taken), strict=True) if rows]
    show_tensors(
        [Group(title, row_blocks(rows, lit)) for title, rows in rows], box_picture, screen, "beside", spoken=True
    )


def _call_line(spec: Spec, mistake: Mistake, refused: bool) -> str:
    """The line of Python, and the shapes; the course's cell has its shapes looked at by `lstm_viz.trace`."""
    state = "" if mistake.h is None else ", (h_0, c_0)" if mistake.pair else ", h_0"
    shapes = f"x {mistake.x}" + ("" if mistake.h is None else f", h_0 {mistake.h}")
    if refused and spec.cell == "course":
        return f"lstm_viz.trace(lstm, x{state})  # {shapes}"
    return f"output, (h_n, c_n) = lstm(x{state})  # {shapes}"


def _verdict_headline(found: Verdict) -> str:
    if found.error:
        return "It stops with an error."
    return "It runs, and it is right." if found.ok else "It runs and gives no error, but does not do what was meant."
