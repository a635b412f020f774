"""The pages of a site: the first page, the lessons and saved runs, drawn as the app draws them, without a server.

What a person chooses or types in the app is a choice among a few runs here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from streamlit.logger import set_log_level

from lstm_viz.bundled.cards import FIRST_MODEL
from lstm_viz.bundled.delays import DELAYS
from lstm_viz.figures.gates.formulas import formula_needs
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import clamp_moment, eventful_step
from lstm_viz.figures.palette import LIGHT
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport, with_compared_run
from lstm_viz.lessons.exercises import exercise_items
from lstm_viz.lessons.page_text import lesson_items, lesson_text, question_again
from lstm_viz.lessons.sections import SECTIONS, Section
from lstm_viz.player.message import pack, pack_comparison
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.typed_text import encode_typed
from lstm_viz.standalone.animation import draw_run
from lstm_viz.standalone.site import INDEX, Choice, PlayedRun, Site, SitePage, file_name
from lstm_viz.traces import Trace
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.lessons.contents import LessonContent
from lstm_viz.ui.lessons.first_page import FIRST_SENTENCE, telling_moment
from lstm_viz.ui.lessons.sequences_of_data import ROWS, STEPS, WindowChoice
from lstm_viz.ui.lessons.typed_sequence import run_typed
from lstm_viz.ui.stage.bundled_runs import bundled_view, cards
from lstm_viz.ui.stage.charts import CELL, OVERVIEW, Chart, Rows, usual_charts, with_gate_charts
from lstm_viz.ui.stage.stage import draw_chart, first_unit
from lstm_viz.ui.stage.views import View
from lstm_viz.ui.stage.what_if import WHAT_IF, GateIntervention, offered_start, what_if_view

#: Steps that the strips show at once, on a wide screen and on a narrow one.
WINDOWS = {"wide": 32, "narrow": 16}
#: Bundled models whose runs the gates' lessons offer, the first one first.
MODELS = ("recall", "recall-course", "brackets", "adding", "forecast")
#: Sequences that the page of basics offers beside the model's example, each ending with the question.
TYPED = ("A··d·?", "AdB··?", "C·d·e·d··e·?", "AAB?·C?")
#: The wait at first, in steps.
USUAL_DELAY = 20
#: Characters in a window, the usual first.
WINDOW_STEPS = (STEPS, 5, 100)
TRY_ANOTHER = "Choose another sequence below the picture and see what the network answers."
HOW_TO_HOLD = "Choose over the last picture what is held."
#: What the app does that these pages do not.
BESIDES = (
    "These pages play without a server, and fetch nothing. The app does more: type a sequence of your own, open your "
    "own data and your own model's file, fit a model to it, hold any gate at any value, and look at any run of any "
    "length. It has a teacher's notes and worksheets, too. Install it with <code>pip install lstm-viz</code> and start "
    "it with <code>lstm-viz app</code>."
)


def build_site(runs: Mapping[str, Trace]) -> Site:
    """The site of the first page, all lessons and these saved runs, by their names."""
    set_log_level("ERROR")  # Streamlit would warn that no server runs, which is what a site is for
    lessons = [_lesson_page(section) for section in SECTIONS]
    taken = [INDEX, *(page.name for page in lessons)]
    saved = []
    for name, trace in runs.items():
        page = _run_page(name, trace, taken)
        taken.append(page.name)
        saved.append(page)
    pages = [_first_page(lessons, saved), *lessons, *saved]
    return Site(pages, f"<p>{BESIDES}</p>")


def _first_page(lessons: Sequence[SitePage], saved: Sequence[SitePage]) -> SitePage:
    start = f'<a data-page href="{lessons[0].name}.html">Start the lessons →</a>'
    heading = (
        '<div class="introduction"><h1 class="unseen">lstm-viz</h1>'
        f'<p class="sentence">{escape(FIRST_SENTENCE)}</p>'
        f'<span class="st-key-first-lesson">{start}</span></div>'
    )
    more = _cards("Lessons", lessons) + (_cards("Runs", saved) if saved else "")
    choice = Choice("first", "Memory flow", _first_run)
    return SitePage(INDEX, "lstm-viz", choices=[choice], heading=heading, more=more)


def _cards(title: str, pages: Sequence[SitePage]) -> str:
    listed = "".join(
        f'<li><a data-page href="{escape(page.name)}.html"><b>{escape(page.label or page.title)}</b></a></li>'
        for page in pages
    )
    return f'<section><h2>{escape(title)}</h2><ul class="cards">{listed}</ul></section>'


def _first_run() -> PlayedRun:
    view = bundled_view(FIRST_MODEL)
    return play_view(view.presented(start=telling_moment(view), welcome=True), ())


def _lesson_page(section: Section) -> SitePage:
    options: Mapping[str, Any] = _PAGE_OPTIONS.get(section.name, _WITH_MODELS)
    choices = [
        Choice(key, label, partial(_lesson_run, section, make)) for key, label, make in options["choices"](section.name)
    ]
    return SitePage(
        section.name,
        section.title,
        f"{section.number} · {section.title}",
        choices,
        options["label"],
        options["place"],
        "What is held:" if section.name == "forget_gate" else "",
        lesson=True,
    )


#: The key of a run in addresses and file names, what it is called, and what makes its lesson's content.
LessonChoice = tuple[str, str, Callable[[], LessonContent]]


def _model_choices(lesson: str) -> list[LessonChoice]:
    make: Callable[[View], LessonContent] = getattr(contents, lesson)
    return [(key, cards()[key].title, lambda key=key: make(bundled_view(key))) for key in MODELS]  # type: ignore[misc]


def _typed_choices(lesson: str) -> list[LessonChoice]:
    first = (
        FIRST_MODEL,
        f"{cards()[FIRST_MODEL].title}: its example",
        lambda: contents.basics(bundled_view(FIRST_MODEL)),
    )
    others = [(f"typed-{k}", text, partial(_typed_content, text)) for k, text in enumerate(TYPED, start=1)]
    return [first, *others]


def _typed_content(text: str) -> LessonContent:
    batch = encode_typed(text, cards()[FIRST_MODEL].features).batch
    if batch is None:
        raise ValueError(f"The first model knows none of the signs of {text!r}.")
    return contents.basics(run_typed(FIRST_MODEL, text, batch), typed=True)


def _delay_choices(lesson: str) -> list[LessonChoice]:
    first_wrong = contents.delay_runs(USUAL_DELAY).measured.first_wrong
    others = sorted({*DELAYS, first_wrong - 1, first_wrong} - {USUAL_DELAY})
    delays = [USUAL_DELAY, *others]
    made = {delay: (f"{delay}", plural(delay, "step"), partial(contents.rnn_vs_lstm, delay)) for delay in delays}
    return [made[delay] for delay in delays]


def _window_choices(lesson: str) -> list[LessonChoice]:
    return [
        (f"{steps}", plural(steps, "character"), partial(contents.sequences_of_data, WindowChoice(ROWS, steps, None)))
        for steps in WINDOW_STEPS
    ]


_WITH_MODELS = {"choices": _model_choices, "label": "Trained model and cell", "place": "menu"}
_PAGE_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "basics": {"choices": _typed_choices, "label": "The network reads", "place": "below"},
    "rnn_vs_lstm": {"choices": _delay_choices, "label": "Wait between the letter and “?”", "place": "above"},
    "sequences_of_data": {"choices": _window_choices, "label": "Characters in a window (M)", "place": "menu"},
}
#: What the texts say of what can be done, on a page without a server.
_WORDS = {"try_another": TRY_ANOTHER, "how_to_hold": HOW_TO_HOLD}


def _lesson_run(section: Section, make: Callable[[], LessonContent]) -> PlayedRun:
    content = make()
    view = content.lesson_view(section.name)
    words, truths = {**content.words, **_WORDS}, content.truths
    if section.name in contents.PLACE_PARAGRAPHS:
        links, elsewhere = contents.place_links(section.name, content.view, MODELS, _place_address)
        words, truths = {**words, **links}, {**truths, **elsewhere}
    items = lesson_items(section, view, content.default_moment, content.look, content.ask, words, truths=truths)
    exercises = content.exercises()
    items += exercise_items(exercises)
    again = question_again(section, view, content.default_moment, items)
    text = lesson_text(section, items, moment_key=view.moment_key, name=view.name, again=again)
    if section.number == len(SECTIONS):
        text["next"] = ""
    rows = content.charts()
    held = any(chart is WHAT_IF for row in rows for chart in row)
    played = play_view(view, rows, text, _interventions(content.view) if held else {})
    done = {exercise.key: exercise.data for exercise in exercises if exercise.key}
    return replace(played, exercises=done, generated=content.generated)


def _place_address(lesson: str, model: str, moment: Moment) -> str:
    paragraph = contents.PLACE_PARAGRAPHS[lesson]
    return f"{lesson}.html?run={model}&{contents.moment_parameters(moment)}&paragraph={paragraph}"


def _interventions(view: View) -> dict[str, GateIntervention]:
    """What is offered to be held, by what it is called: the first is what the picture shows at first."""
    start = offered_start(view)
    since = f"from step {start + 1} on"
    return {
        "nothing": GateIntervention("", 1.0, view.shape[0], None),
        f"the forget factor at 0.5, {since}": GateIntervention("forget_gate", 0.5, start, None),
        f"the forget factor at 1, {since}": GateIntervention("forget_gate", 1.0, start, None),
        f"the forget factor at 0, {since}": GateIntervention("forget_gate", 0.0, start, None),
        f"the ignore factor at 0, {since}": GateIntervention("input_gate", 0.0, start, None),
        f"the use factor at 0, {since}": GateIntervention("output_gate", 0.0, start, None),
    }


def play_view(
    view: View,
    rows: Rows,
    text: Mapping[str, Any] | None = None,
    interventions: Mapping[str, GateIntervention] = {},
) -> PlayedRun:
    """A view of a run as a page plays it: its message, and its charts as the app's stage draws them."""
    rows = rows or usual_charts(view, WINDOWS["narrow"])
    own = {chart.key for row in rows for chart in row}
    rows = with_gate_charts(view, rows)
    charts = [chart for row in rows for chart in row]
    asked = view.start or Moment(unit=first_unit(view))
    needs = sorted({need for chart in charts for need in chart.needs} | formula_needs(view.formulas))
    viewport = build_viewport(view, asked.step, asked.unit, WINDOWS["narrow"], needs)
    moment = clamp_moment(asked, viewport)
    if view.start is None:
        moment = replace(moment, step=eventful_step(viewport, moment))
    compared = {label: what_if_view(view, each) for label, each in interventions.items()}
    both = {label: with_compared_run(viewport, each.compared[0], each.captions) for label, each in compared.items()}
    drawn = next(iter(both.values()), viewport)
    looks = {
        width: _draw_charts(charts, replace(drawn, window=min(steps, viewport.total)), moment, width == "narrow")
        for width, steps in WINDOWS.items()
    }
    message = pack(
        viewport,
        moment,
        view=view.name,
        momentKey=view.moment_key or view.name,
        linked=True,
        formulas=list(view.formulas),
        hide=sorted(view.hide),
        large=False,
        inspectable=CELL.key in own,
        welcome=view.welcome,
        watch=view.welcome,
        awaitsComparison=bool(compared),
    )
    return PlayedRun(
        message,
        looks,
        [[chart.key for chart in row] for row in rows],
        {chart.key: chart.caption for chart in charts if chart.caption},
        text,
        [chart.key for chart in charts if chart.key not in own],
        sorted(view.hide),
        _excerpt(viewport),
        () if text else [note._asdict() for note in view.notes],
        [(label, pack_comparison(each, id=f"{view.name} {label}")) for label, each in both.items()],
        WHAT_IF.key if compared else "",
        checkpoints=view.checkpoints and view.checkpoints._asdict(),
    )


def _draw_charts(charts: Sequence[Chart], viewport: Viewport, moment: Moment, narrow: bool) -> dict[str, Any]:
    """The charts, drawn for one screen width, as Plotly JSON."""
    shown = [chart for chart in charts if chart is not OVERVIEW or viewport.total > viewport.window]
    figures = {chart.key: draw_chart(chart, viewport, moment, LIGHT, narrow).to_plotly_json() for chart in shown}
    return {"window": viewport.window, "figures": figures}


def _excerpt(viewport: Viewport) -> str:
    stop = viewport.start + len(viewport.labels)
    if viewport.start == 0 and stop == viewport.total:
        return ""
    return f"This page holds steps {viewport.start + 1:,} to {stop:,} of {viewport.total:,}."


def _run_page(name: str, trace: Trace, taken: Sequence[str]) -> SitePage:
    drawn = draw_run(trace, title=name)
    notes = "".join(f'<p class="summary">{escape(note)}</p>' for note in trace.notes)
    heading = (
        f'<div class="introduction"><h1>{escape(name)}</h1><p class="summary">{escape(drawn.summary)}</p>{notes}</div>'
    )
    rows = [[key] for key in drawn.charts["wide"]["figures"]]
    narrow_only = [[key] for key in drawn.charts["narrow"]["figures"] if [key] not in rows]
    run = PlayedRun(drawn.message, drawn.charts, [*rows, *narrow_only], excerpt=drawn.excerpt)
    return SitePage(
        file_name(Path(name).stem, taken), name, choices=[Choice("run", name, lambda: run)], heading=heading
    )
