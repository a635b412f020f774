"""An intervention on a gate: both memories of the followed unit as recorded and with the gate held.

Below them stands the change of every unit's LTM. The run in which a factor is held is a compared run of the viewport;
see `viewport_builder.with_compared_run`.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.layout import DIFFERENCE, NUMBER, axis_name, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import CHANGE, Viewport

PANEL, ROW, GAP, TITLE, LINE, FOOT, MARGIN = 104, 11, 26, 66, 17, 22, 40
#: How strong the area between both runs is.
SHADE = 0.35
HELD = {"caption": "held"}
WHAT_IF = alt_text.sentence("<b>What if ", HELD, "?</b>")
NAMES = {"cell_state": "Long-term memory", "hidden_state": "Short-term memory"}


def intervention_comparison(
    viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False
) -> go.Figure:
    """LTM and STM of the followed unit in both runs, their difference filled; below, the change of every unit's LTM."""
    rows = len(viewport.shown_rows(viewport.own_layers, moment.unit))
    height, domains = _domains(rows)
    traces = [trace for k, array in enumerate(NAMES) for trace in _panel(k, array, viewport.own_layers, palette)]
    traces.append(_strip(viewport.own_layers, palette))
    figure = go.Figure(traces, _layout(height, domains, viewport, palette, narrow))
    return apply_bindings(figure, viewport, moment)


def _domains(rows: int) -> tuple[int, list[list[float]]]:
    """The plot's height, and where each panel stands in it, from the top."""
    heights = [PANEL, PANEL, max(ROW * rows, 50)]
    total = sum(heights) + 2 * GAP
    domains, top = [], float(total)
    for height in heights:
        domains.append([max(0.0, (top - height) / total), top / total])
        top -= height + GAP
    return total, domains


def _line(array: str) -> dict[str, str]:
    return {"array": array, "select": "line"}


def _panel(index: int, array: str, after: int, palette: Palette) -> list[go.Scatter | go.Bar]:
    """The difference as bars from one line to the other, then both lines."""
    on = {"xaxis": axis_name("x", index), "yaxis": axis_name("y", index)}
    change = _line(f"{CHANGE}{array}")
    difference = {"x": {"label": "steps"}, "base": _line(array) | {"in": 0}, "y": change}
    difference |= {"customdata": change | {"as": "text_column", "style": "signed"}}
    bars = go.Bar(
        width=1,
        marker={"line": {"width": 0}, "color": palette.remember},
        opacity=SHADE,
        hovertemplate="step %{x:d}: changed by <b>%{customdata[0]}</b><extra></extra>",
        meta={"part": array, "of": after, "follow": difference},
        **on,
    )
    styles = [(0, palette.muted, 2.4, "dot", "as it was"), (after, palette.foreground, 2.4, "solid", "held")]
    lines = [
        go.Scatter(
            mode="lines",
            line={"color": colour, "width": width, "dash": dash, "shape": "hvh"},
            hovertemplate=f"step %{{x:d}}, {name}: <b>%{{y}}</b><extra></extra>",
            yhoverformat=NUMBER,
            meta={"part": array, "of": layer, "follow": {"x": {"label": "steps"}, "y": _line(array)}},
            **on,
        )
        for layer, colour, width, dash, name in styles
    ]
    return [bars, *lines]


def _strip(after: int, palette: Palette) -> go.Heatmap:
    change = f"{CHANGE}cell_state"
    follow = {
        "z": {"array": change, "select": "window"},
        "x": {"label": "steps"},
        "y": {"label": "rows"},
        "zmin": {"limit": change, "times": -1},
        "zmax": {"limit": change, "times": 1},
        # One hue either way: blue and orange mean below and above 0, not lower and higher than before.
        "colorscale": {"colorscale": change, "colours": [palette.remember, palette.surface, palette.remember]},
    }
    return go.Heatmap(
        xaxis="x3",
        yaxis="y3",
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate="step %{x:d}: LTM changed by <b>%{z}</b><extra></extra>",
        zhoverformat=DIFFERENCE,
        meta={"part": "cell_state", "of": after, "follow": follow},
    )


def _layout(height: int, domains: list[list[float]], viewport: Viewport, palette: Palette, narrow: bool) -> go.Layout:
    answered = viewport.answers_in(viewport.own_layers) is not None
    title = TITLE + LINE * narrow
    small = {"ticks": "", "tickfont": {"size": 11}, "fixedrange": True, "showgrid": False}
    axes: dict[str, Any] = {}
    for index, domain in enumerate(domains):
        axes[axis_name("xaxis", index)] = small | {
            "anchor": axis_name("y", index),
            "zeroline": False,
            "showticklabels": index == 2,
            "tickangle": 0,
        }
        axes[axis_name("yaxis", index)] = small | {
            "anchor": axis_name("x", index),
            "domain": domain,
            "zeroline": index < 2,
            "zerolinecolor": palette.line,
            "nticks": 4,
            "tickfont": {"size": 10},
        }
    return go.Layout(
        **axes,
        height=height + title + FOOT,
        margin={"l": MARGIN, "r": 2, "t": title, "b": FOOT},
        annotations=_headings(domains, palette, narrow),
        showlegend=False,
        dragmode=False,
        barmode="overlay",
        bargap=0,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="whatif",
        meta={
            "follow": _follow(viewport.own_layers, answered, palette, narrow),
            "panels": ["whatif"],
            "alt": _alt(viewport.own_layers, answered),
        },
    )


def _headings(domains: list[list[float]], palette: Palette, narrow: bool) -> list[dict[str, Any]]:
    """What is held, what is answered, and what each panel shows."""
    size = 12 if narrow else 13
    style = {"font": {"size": size, "color": palette.foreground}, "align": "left"}
    over = [
        heading(palette, MARGIN) | style | {"yshift": TITLE - 24 + LINE * narrow},
        heading(palette, MARGIN) | style | {"yshift": 22},
    ]
    return [
        *over,
        *(
            heading(palette, MARGIN) | {"y": top, "yshift": 1, "font": {"size": size, "color": palette.foreground}}
            for _, top in domains
        ),
    ]


def _follow(after: int, answered: bool, palette: Palette, narrow: bool) -> dict[str, Any]:
    change = f"{CHANGE}cell_state"
    marks: list[dict[str, Any]] = [
        {"over": "from", "x": axis_name("x", k), "y": axis_name("y", k), "step": "start"} for k in range(3)
    ]
    marks += [{"over": "step", "x": axis_name("x", k), "y": axis_name("y", k)} for k in range(3)]
    bindings: dict[str, Any] = {
        "shapes": {"marks": [*marks, {"over": "unit", "x": "x3", "y": "y3"}], "colour": palette.foreground},
        "annotations[0].text": alt_text.sentence("<b>", {"caption": "brief"}, "</b>") if narrow else WHAT_IF,
        "annotations[4].text": {"title": "How much every LTM changes", "of": change, "in": after},
        "yaxis3.range": {"label": "row range", "in": after},
        "yaxis3.tickvals": {"label": "rows", "in": after},
        "yaxis3.ticktext": {"label": "units", "in": after},
        "xaxis3.tickvals": {"label": "tick steps"},
        "xaxis3.ticktext": {"label": "tick labels"},
    }
    if answered:
        bindings["annotations[1].text"] = alt_text.sentence("Step ", alt_text.STEP, ": ", *_answers(after, narrow))
    for index, array in enumerate(NAMES):
        bindings[f"annotations[{index + 2}].text"] = alt_text.sentence(*_memory_title(array, after, narrow))
    return bindings | {f"{axis_name('xaxis', k)}.range": {"label": "window range"} for k in range(3)}


def _memory_title(array: str, after: int, narrow: bool) -> tuple[str | dict[str, Any], ...]:
    """Both numbers of the step, named as the lines look."""
    name = {"cell_state": "LTM", "hidden_state": "STM"}[array] if narrow else NAMES[array]
    was, now = (alt_text.number(array) | {"in": layer} for layer in (0, after))
    return f"<b>{name} of ", alt_text.UNIT, "</b>  as it was (dotted) ", was, ", held ", now


def _answers(after: int, narrow: bool = False) -> tuple[str | dict[str, Any], ...]:
    """What the model says at the step, in the run and in the held one."""
    was, held = ("as it was “", "”,<br>held “") if narrow else ("as it was, the model says “", "”; held, “")
    return was, {"label": "answer text"}, held, {"label": "answer text", "in": after}, "”."


def _alt(after: int, answered: bool) -> dict[str, Any]:
    parts: list[str | dict[str, Any]] = ["What if ", HELD, "? ", alt_text.UNIT, " at step ", alt_text.STEP, ": "]
    for array, name in NAMES.items():
        was, now = (alt_text.number(array) | {"in": layer} for layer in (0, after))
        parts += [f"{name.lower()} ", was, " becomes ", now, "; "]
    return alt_text.sentence(*parts, *(_answers(after) if answered else ["what lies between is shaded."]))
