// The player of a page: it holds one moment, and brings every chart to it.

import { namesMoment, readAddress, writeAddressSoon } from "./address-bar.js";
import { Chart } from "./chart.js";
import { addSliders } from "./chart-slider.js";
import { ControlBar } from "./control-bar.js";
import { currentTheme, NARROW_PX, prefersReducedMotion } from "./display.js";
import { INSPECTABLE_GATES } from "./gates.js";
import { listenForKeys } from "./keyboard.js";
import { LoadingIndicator } from "./loading-indicator.js";
import { clampMoment } from "./moment.js";
import { PANELS } from "./panel.js";
import { togglePointer } from "./presenting.js";
import { markReadLinks } from "./progress.js";
import { addSaveButtons, removeSaveButtons } from "./save-chart.js";
import { StandIn, watchForLeaving } from "./stand-in.js";
import { Viewport } from "./viewport.js";

const [BEAT_MS, STEP_MS, POLL_MS] = [620, 900, 300];
// What moves takes this share of a beat, and no more than this.
const [TRANSITION_SHARE, MAX_TRANSITION_MS] = [0.7, 600];
const NO_PLOTLY =
  "The charts can't be moved in this browser, so the server draws each step anew: pause, and step with the bar.";
const PLOTLY_TIMEOUT_MS = 8000;
// For so long after a message new charts are looked for at every frame.
const LOOK_OFTEN_MS = 4000;
// How much larger charts are in a lecture.
const LARGE_SCALE = 1.3;
const WELCOMED = "lstm-viz welcomed";

// A moment's depth: the cell, the inspected gate's numbers, its weights. Each has a chart of its own.
const DEPTHS = ["cell", "vectors", "matrix"];
// Which of the inspectable gates a click on a part of the cell means.
const GATE_OF_PART = {
  forget: 0,
  forget_gate: 0,
  learn: 1,
  input_gate: 1,
  candidate: 2,
  use: 3,
  output_gate: 3,
  readout: 4,
};
// What lies on the way of a part of the cell that is pointed at.
const FORGETTING = ["previous_cell_state", "forget", "forget_gate", "kept", "input_line", "event"];
const LEARNING = ["learn", "input_gate", "learned", "remember", "cell_state", "input_line", "event"];
const USING = ["cell_state", "readout", "use", "output_gate", "hidden_state", "answer"];
const WAYS = {
  previous_cell_state: FORGETTING,
  forget_gate: FORGETTING,
  kept: FORGETTING,
  candidate: LEARNING,
  input_gate: LEARNING,
  learned: LEARNING,
  cell_state: [...LEARNING, ...USING],
  readout: USING,
  output_gate: USING,
  hidden_state: USING,
  previous_hidden_state: ["previous_hidden_state", "input_line", "forget", "learn", "use"],
};
// How long the mouse rests before it lights anything.
const HOVER_MS = 140;
// And which of them acts at a beat.
const GATE_OF_BEAT = { forget: 0, learn: 1, use: 3 };

export class Player {
  constructor(component) {
    this.root = component.parentElement;
    this.controlBar = new ControlBar(this.root, this);
    this.charts = [];
    this.speed = 1;
    this.wholeSteps = false;
    this.playing = false;
    // Parts that stay bright: those pointed at, or else those that a text speaks of.
    this.highlighted = null;
    this.textHighlight = null;
    // Whether what a text speaks of is still to be brought into sight: its chart may not stand there yet.
    this.scrollPending = false;
    this.theme = currentTheme(this.root);
    this.chartEvents = {
      onClick: (chart, point) => this.handleClick(chart, point),
      onDrag: (what, left) => this.handleDrag(what, left),
      onHover: (chart, point) => this.handleHover(chart, point),
      onRedraw: () => this.poll(),
    };
    this.loadingIndicator = new LoadingIndicator();
    this.started = performance.now();
    const poll = setInterval(() => this.poll(), POLL_MS);
    const listeners = {
      "lstm-viz:go-to": (event) => this.takeGoTo(event),
      "lstm-viz:settle": ({ detail }) =>
        detail.waits.push(this.charts.find((chart) => chart.gd === detail.gd)?.settle(true)),
      "lstm-viz:tell-moment": () => this.tellMoment(),
      "lstm-viz:paragraph": ({ detail }) => this.holdFor(detail),
      "lstm-viz:comparison": () => this.joinComparison() && this.update(0),
    };
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
    const stopListening = () => {
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener);
    };
    this.cleanups = [
      listenForKeys(this),
      () => clearInterval(poll),
      stopListening,
      watchForLeaving((isToAnotherPage) => this.prepareToLeave(isToAnotherPage)),
      () => cancelAnimationFrame(this.frame),
      () => this.removeStandIn(),
      () => this.loadingIndicator.hide(),
    ];
  }

  destroy() {
    this.pause();
    for (const cleanup of this.cleanups) cleanup();
  }

  // Takes what the server sent; a view that is already open keeps its moment.
  receive({ data, setTriggerValue, setStateValue }) {
    this.sendTrigger = setTriggerValue;
    this.sendState = setStateValue;
    const viewport = new Viewport(data);
    const before = this.viewport?.header;
    this.viewport = viewport;
    this.joinComparison();
    if (before?.momentKey !== viewport.header.momentKey) this.start(viewport);
    const chartOf = (key) => this.charts.find((chart) => chart.key === key) ?? new Chart(key);
    const charts = viewport.header.charts.map(chartOf);
    this.charts = charts;
    this.moment = clampMoment(this.moment, viewport);
    this.controlBar.fill(viewport, this.moment);
    // Other numbers of the same view: a text that speaks of some parts speaks of them still.
    this.highlightCharts();
    // The same run on another page: what is there already goes to where that page begins.
    this.show(before?.view === viewport.header.view ? this.transitionMs() : 0);
    if (this.awaitedGate !== undefined && this.canInspectGates) {
      this.openGate(this.awaitedGate);
      this.awaitedGate = undefined;
    }
    if (this.awaited?.momentKey === viewport.header.momentKey) this.goTo(this.awaited);
    // A text that asks for a guess may have said so before there was a picture.
    window.dispatchEvent(new CustomEvent("lstm-viz:tell-paragraph"));
    this.lookOften();
  }

  // The page is about to be left: a sign says so, and its main picture stays in sight until the next one's is there.
  prepareToLeave(isToAnotherPage) {
    const [chart] = this.charts;
    const stage = chart?.isAttached && chart.gd.closest(".st-key-stage");
    this.removeStandIn();
    if (stage) this.standIn = new StandIn(chart.gd, stage);
    if (isToAnotherPage && document.querySelector(".stApp")) this.loadingIndicator.show();
  }

  removeStandIn() {
    this.standIn?.remove();
    this.standIn = null;
  }

  // New charts are looked for at every frame until all are here.
  lookOften() {
    const end = performance.now() + LOOK_OFTEN_MS;
    const look = () => {
      this.poll();
      const isDone = this.charts.every((chart) => chart.isAttached);
      if (!isDone && performance.now() < end) this.frame = requestAnimationFrame(look);
    };
    cancelAnimationFrame(this.frame);
    look();
  }

  // Sets the run beside this one next to it: it comes in a message of its own, before this one or after.
  joinComparison() {
    const message = this.viewport?.header.awaitsComparison && window.lstmVizComparison;
    const other = message && new Viewport(message);
    if (!other || other.header.comparesTo !== this.viewport.id) return false;
    this.viewport.joinComparison(other);
    return true;
  }

  start({ header }) {
    this.stop();
    // What the address says is of the run that the tab was opened with, and of others of the same steps.
    const isLinked = (window.lstmVizMomentKey ?? header.momentKey) === header.momentKey;
    window.lstmVizMomentKey = header.momentKey;
    this.moment = isLinked ? readAddress(header.moment, header.beats) : header.moment;
    this.momentIsLinked = isLinked && namesMoment();
    this.textHighlight = this.highlighted = null;
    this.scrollPending = false;
    this.playsWelcomeStep = header.welcome && !location.search.includes("beat=");
  }

  // Once a visit, where the address asks for nothing: up to the beat to rest at, so that a newcomer sees what moves.
  welcome() {
    if (!this.playsWelcomeStep || !this.charts[0]?.isAttached) return;
    this.playsWelcomeStep = false;
    if (sessionStorage.getItem(WELCOMED) || this.transitionMs() === 0) return;
    sessionStorage.setItem(WELCOMED, "yes");
    const { step, beat } = this.moment;
    this.moveTo({ beat: 0 });
    this.togglePlay();
    this.pauseAt = { step, beat };
  }

  get beats() {
    return this.viewport.header.beats;
  }

  get lastBeat() {
    return this.beats.length - 1;
  }

  get length() {
    return this.viewport.header.lengths[this.moment.sequence];
  }

  // Whether the layer that is looked at reads from the end: the step that follows is then the one before.
  get isReversed() {
    return this.viewport.layer(this.moment.layer).reverse;
  }

  // The steps at which reading begins and ends.
  get ends() {
    return this.isReversed ? [this.length - 1, 0] : [0, this.length - 1];
  }

  // So many steps on, as the layer reads.
  stepAfter(by) {
    return this.moment.step + (this.isReversed ? -by : by);
  }

  // Moves to a moment, given by what changes; `parts` are those that a text speaks of there.
  moveTo(change, duration = 0, parts = null) {
    const { depth } = this.moment;
    this.setTextHighlight(parts);
    const wanted = clampMoment({ ...this.moment, ...change }, this.viewport);
    this.moment = this.heldBack(wanted);
    if (this.moment !== wanted) this.stop();
    this.show(duration);
    if (parts === null && this.moment.depth !== depth) this.chartOfDepth?.scrollIntoView();
  }

  // While a text asks for a guess, the picture goes no further in that sequence than the question's moment: what comes
  // then would tell the answer.
  holdFor({ holds, momentKey }) {
    this.held = holds ? { ...holds, momentKey } : null;
    if (this.viewport && this.moment && this.heldBack(this.moment) !== this.moment) this.moveTo({});
  }

  heldBack(moment) {
    const { held } = this;
    const isFree = !held || held.momentKey !== this.viewport.header.momentKey || this.isReversed;
    if (isFree || moment.sequence !== held.sequence) return moment;
    const isLater = moment.step > held.step || (moment.step === held.step && moment.beat > held.beat);
    return isLater ? clampMoment({ ...moment, step: held.step, beat: held.beat }, this.viewport) : moment;
  }

  // Shows the moment, once its numbers are here.
  show(duration) {
    if (!this.hasNumbers()) return this.requestNumbers();
    this.update(duration);
  }

  // Whether the numbers of this moment are here.
  hasNumbers() {
    const { units } = this.viewport.layer(this.moment.layer);
    return this.viewport.hasStep(this.moment.step) && units.includes(this.moment.unit);
  }

  // One beat on or back, over the step's edge into the next.
  moveBeat(by) {
    const beat = this.moment.beat + by;
    const step = this.stepAfter(beat < 0 ? -1 : beat > this.lastBeat ? 1 : 0);
    if (step < 0 || step >= this.length) return this.pause();
    const change = { step, beat: (beat + this.beats.length) % this.beats.length };
    this.moveTo(change, by > 0 ? this.transitionMs() : 0);
  }

  moveStep(by) {
    const step = this.stepAfter(by);
    if (step < 0 || step >= this.length) return this.pause();
    this.moveTo({ step }, by > 0 && this.playing ? this.transitionMs() : 0);
  }

  moveRow(by) {
    const units = this.shownUnits();
    const next = units[units.indexOf(this.moment.unit) + by];
    if (next !== undefined) this.moveTo({ unit: next });
  }

  // The units that have a row in the charts, from top to bottom.
  shownUnits() {
    const { layer, unit } = this.moment;
    const { units } = this.viewport.layer(layer);
    return this.viewport.shownRows(layer, unit).map((row) => units[row]);
  }

  moveSequence(by) {
    this.moveTo({ sequence: this.moment.sequence + by });
  }

  // So many checkpoints of the training on.
  moveCheckpoint(by) {
    this.moveTo({ checkpoint: this.moment.checkpoint + by });
  }

  // One level in, to the gate that acts at this beat where none is open yet, or one level out.
  moveDepth(by) {
    const { depth, gate, beat } = this.moment;
    const acting = GATE_OF_BEAT[this.beats[beat]];
    const next = Math.min(Math.max(depth + by, 0), DEPTHS.length - 1);
    this.moveTo({ depth: next, gate: depth === 0 && acting !== undefined ? acting : gate });
  }

  // Whether there is anything that Escape closes.
  get canClose() {
    return this.controlBar.isMenuOpen || this.viewport.header.large || this.canInspectGates;
  }

  // Begins or ends a lecture: the server makes the page anew, larger and with less on it, as the address says then.
  present(isOn) {
    togglePointer(false);
    this.controlBar.openMenu(false);
    this.sendTrigger("present", isOn ? "begin" : "end");
  }

  // Closes what was opened last: the menu, one level of a gate, a lecture.
  closeOne() {
    if (this.controlBar.isMenuOpen) this.controlBar.openMenu(false);
    else if (this.moment.depth > 0) this.moveDepth(-1);
    else if (this.viewport.header.large) this.present(false);
  }

  selectLayer(layer) {
    this.controlBar.fillUnits(this.viewport, layer);
    this.moveTo({ layer });
  }

  setWholeSteps(wholeSteps) {
    this.wholeSteps = wholeSteps;
    if (wholeSteps) this.moveTo({ beat: this.lastBeat });
  }

  setSpeed(speed) {
    this.speed = speed;
  }

  // → and ← turn a page's text where there is one, and go by beat elsewhere; after the last beat of all, → leads on.
  turnPage(by) {
    const event = new CustomEvent("lstm-viz:turn-page", { detail: by, cancelable: true });
    if (!window.dispatchEvent(event)) return;
    if (by > 0 && this.leadsOn) firstLessonLink().click();
    else this.moveBeat(by);
  }

  // Whether the run is at its end on the page that leads on to the lessons.
  get leadsOn() {
    const atEnd = this.moment.step === this.ends[1] && this.moment.beat === this.lastBeat;
    return atEnd && firstLessonLink() !== null;
  }

  // A text is told that the picture follows; before there is a picture, nobody tells it.
  takeGoTo(event) {
    if (!this.viewport) return;
    event.preventDefault();
    const { momentKey, view } = event.detail;
    const isOfNextPage = momentKey !== undefined && momentKey !== this.viewport.header.momentKey;
    // A page's text comes before its charts: it waits for these, and has what stands there already move with it.
    this.awaited = isOfNextPage ? event.detail : null;
    if (!isOfNextPage) this.goTo(event.detail);
    else if (view === this.viewport.header.view) this.moveTo(event.detail.moment, this.transitionMs());
  }

  // To where a text points: as one slides from beat to beat if that is the next beat, else at once. The paragraph
  // with which a link opens goes where the link itself does; one that the link doesn't name lights nothing there, as it
  // may speak of another moment.
  goTo({ moment, parts, isFirst, isNamed }) {
    this.pause();
    if (isFirst && this.momentIsLinked) return this.moveTo({}, 0, isNamed ? parts : null);
    const isSame = (name) => moment[name] === undefined || moment[name] === this.moment[name];
    const isNextBeat = ["step", "unit", "sequence"].every(isSame) && moment.beat === this.moment.beat + 1;
    this.moveTo(moment, isNextBeat ? this.transitionMs() : 0, parts);
  }

  // What a text speaks of stays bright, until the person moves on by themselves.
  setTextHighlight(parts) {
    this.textHighlight = parts?.length ? parts : null;
    this.highlighted = this.textHighlight;
    this.scrollPending = parts !== null && !this.viewport.header.narrow;
    this.highlightCharts();
    this.scrollToHighlight();
  }

  // Frames the charts that a text speaks of as a whole.
  highlightCharts() {
    for (const chart of this.charts) chart.setHighlighted(this.textHighlight?.includes(chart.key));
  }

  // Brings what a text speaks of into sight, once all charts stand where they stay: a chart of its own, or else the
  // top of the page.
  scrollToHighlight() {
    if (!this.scrollPending || !this.charts.every((chart) => chart.isAttached)) return;
    this.scrollPending = false;
    const named = this.charts.find((chart) => this.textHighlight?.includes(chart.key));
    if (named && named !== this.charts[0]) named.scrollIntoView();
    else if (!this.textHighlight?.some((part) => PANELS.includes(part))) scrollToTop();
  }

  // What is pointed at shines while all else is dimmed; null: nothing is.
  highlight(parts) {
    this.highlighted = parts ?? this.textHighlight;
    for (const chart of this.charts)
      if (chart.isAttached && chart.animated) chart.highlight(this.viewport, this.moment, this.highlighted);
  }

  // What the mouse rests on lights its whole way, and so do its numbers in the equation.
  handleHover(chart, point) {
    const { part, unit } = point ? this.pointedAt(point) : {};
    this.controlBar.highlightTerms(part ?? null);
    if (!chart.travel) return;
    clearTimeout(this.hovering);
    this.hovering = setTimeout(
      () => {
        if (this.playing || !chart.isAttached) return;
        this.moment = { ...this.moment, pointed: unit ?? -1 };
        this.highlight(WAYS[part] ?? null);
      },
      point ? HOVER_MS : 2 * HOVER_MS,
    );
  }

  // The part of the cell, and the unit, that a point of a chart stands for.
  pointedAt({ data, customdata, pointNumber }) {
    if (data.meta?.part !== "targets") return { part: data.meta?.part };
    const units = this.shownUnits();
    return { part: customdata, unit: units[pointNumber % units.length] };
  }

  // Milliseconds from one beat, or step, to the next while it plays.
  get intervalMs() {
    return (this.wholeSteps ? STEP_MS : BEAT_MS) / this.speed;
  }

  transitionMs() {
    return prefersReducedMotion() ? 0 : Math.min(TRANSITION_SHARE * this.intervalMs, MAX_TRANSITION_MS);
  }

  togglePlay() {
    if (this.playing) return this.pause();
    const [first, last] = this.ends;
    if (this.moment.step === last && this.moment.beat === this.lastBeat) this.moveTo({ step: first, beat: 0 });
    this.playing = true;
    this.controlBar.update(this.viewport, this.moment, true);
    this.scheduleNext();
  }

  scheduleNext() {
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      if (this.wholeSteps) this.moveStep(1);
      else this.moveBeat(1);
      if (this.pauseAt?.step === this.moment.step && this.pauseAt.beat === this.moment.beat) this.pause();
      if (this.playing) this.scheduleNext();
    }, this.intervalMs);
  }

  pause() {
    const wasPlaying = this.playing;
    this.stop();
    if (wasPlaying) this.update(0);
  }

  // Ends the playing and draws nothing: where another run has come, the moment is still the one before's.
  stop() {
    this.playing = false;
    this.pauseAt = null;
    clearTimeout(this.timer);
  }

  // Brings all of the page to the moment.
  update(duration) {
    this.tellMoment();
    this.updateBar();
    this.showDepth();
    for (const chart of this.charts) if (chart.isAttached) this.updateChart(chart, duration);
    if (!this.playing) writeAddressSoon(this.moment, this.beats, this.theme);
    if (this.lacksPlotly && !this.playing) this.sendState("still", this.moment);
    this.prefetch();
  }

  // Tells all who want to know where it is, and of which run.
  tellMoment() {
    if (!this.viewport) return;
    const detail = { ...this.moment, playing: this.playing, run: this.viewport.header.momentKey, beats: this.beats };
    window.dispatchEvent(new CustomEvent("lstm-viz:moment", { detail }));
  }

  updateBar() {
    this.saysWhereItLeads = this.leadsOn;
    this.controlBar.update(this.viewport, this.moment, this.playing);
  }

  updateChart(chart, duration) {
    if (!window.Plotly || !this.viewport.isComplete) return null;
    chart.isPlaying = this.playing;
    return chart.update(this.viewport, this.moment, duration, this.highlighted);
  }

  // Which of the three depths is seen. What is collapsed keeps its width, so that it is drawn right.
  showDepth() {
    if (!this.canInspectGates) return;
    DEPTHS.forEach((key, depth) => {
      const box = document.querySelector(`.st-key-${key}`);
      // The cell stays in sight above the gate that is opened.
      const isShown = depth === 0 || depth === this.moment.depth;
      box?.classList.toggle("collapsed-chart", !isShown);
      box?.classList.toggle("expanded-chart", isShown);
    });
  }

  // Whether a gate's numbers and its weights have charts of their own on this page.
  get canInspectGates() {
    return this.charts.some((chart) => chart.key === "vectors");
  }

  requestNumbers() {
    const { step, unit, layer, sequence } = this.moment;
    this.sendTrigger("need", { view: this.viewport.header.view, step, unit, layer, sequence });
  }

  // Asks for what follows before the person comes to the edge of what is held.
  prefetch() {
    const { start, window, total } = this.viewport.header;
    const { stop } = this.viewport;
    const { step } = this.moment;
    const [left, hasMore] = this.isReversed ? [step - start, start > 0] : [stop - step, stop < total];
    if (left >= window / 2 || !hasMore || this.prefetchedFrom === this.viewport.id) return;
    this.prefetchedFrom = this.viewport.id;
    this.requestNumbers();
  }

  // Streamlit may draw a chart anew, put one up late or change the theme without telling: look now and then.
  poll() {
    if (!this.viewport) return;
    const { palettes, hide } = this.viewport.header;
    this.reportWidth();
    this.showDepth();
    this.theme = currentTheme(this.root);
    for (const chart of this.charts) {
      const isNew = chart.attach(palettes, this.chartEvents);
      chart.setScale(this.viewport.header.large ? LARGE_SCALE : 1);
      if (!this.playing) chart.fitHeight();
      chart.fitTexts();
      const isRecoloured = this.recolourChart(chart);
      if (isNew || isRecoloured) this.updateChart(chart, 0);
    }
    this.standIn?.removeFor(this.charts[0]?.gd);
    this.loadingIndicator.update(this.charts.every((chart) => chart.isAttached));
    this.controlBar.placeModels();
    this.highlightCharts();
    for (const [k, chart] of this.charts.entries()) chart.setClass("side-chart", k > 0);
    markReadLinks();
    this.scrollToHighlight();
    if (this.leadsOn !== this.saysWhereItLeads) this.updateBar();
    this.controlBar.setColours(palettes[this.theme]);
    if (hide.includes("save")) removeSaveButtons();
    else if (window.Plotly) addSaveButtons(this);
    addSliders(this.charts);
    const lacksPlotly = !window.Plotly && performance.now() - this.started > PLOTLY_TIMEOUT_MS;
    this.controlBar.showWarning(lacksPlotly ? NO_PLOTLY : null);
    this.welcome();
    if (lacksPlotly && !this.lacksPlotly) this.sendState("still", this.moment);
    this.lacksPlotly = lacksPlotly;
  }

  // Charts that are drawn for another width than they have are asked for anew, once: beside a text, or at twice the
  // size, a wide window has narrow ones.
  reportWidth() {
    // The first row of charts says it: one beside another is narrow on any screen. What isn't laid out has no width.
    const isComplete = this.charts.length > 0 && this.charts.every((chart) => chart.isAttached);
    const width = isComplete ? this.firstRowWidth : 0;
    if (!width) return;
    const narrow = width < NARROW_PX;
    if (narrow === this.viewport.header.narrow || narrow === this.reportedNarrow) return;
    this.reportedNarrow = narrow;
    this.sendState("narrow", narrow);
  }

  // How wide the charts of the first row are, all together.
  get firstRowWidth() {
    const topOf = ({ gd }) => Math.round(gd.getBoundingClientRect().top);
    const row = this.charts.filter((chart) => topOf(chart) === topOf(this.charts[0]));
    return row.reduce((sum, { gd }) => sum + gd.clientWidth, 0);
  }

  recolourChart(chart) {
    if (!chart.isAttached || !window.Plotly) return false;
    return Boolean(chart.recolour(this.theme, this.viewport.header.palettes));
  }

  // A click on a chart goes to the step, the unit or the sequence there, or inspects the gate.
  handleClick(chart, point) {
    const panel = chart.gd.layout.meta.panels?.[0];
    const { part, unit: pointed } = this.pointedAt(point);
    if (panel === undefined) return this.inspectGate(chart.key, part) || this.follow(pointed);
    const step = Math.round(point.x) - 1;
    const isLine = panel === "whatif" && point.data.type !== "heatmap";
    if (panel === "checkpoints") return this.moveTo({ checkpoint: Math.round(point.x) });
    if (["overview", "steps"].includes(panel) || isLine) return this.moveTo({ step });
    const row = Math.round(point.y);
    const unit = this.shownUnits()[row];
    if (panel === "units") return part === "read" ? null : this.moveTo({ unit });
    this.moveTo({ step, ...(panel === "lanes" ? { sequence: row } : { unit }) });
  }

  // A click on the cell opens the gate that it hits, where there is one; a click on its numbers shows its weights.
  // Returns whether it did.
  inspectGate(key, part) {
    const gate = GATE_OF_PART[part];
    if (key === "vectors") this.moveTo({ depth: 2 });
    else if (key !== "cell" || gate === undefined) return false;
    else if (!this.canInspectGates) return this.askForGate(gate);
    else if (INSPECTABLE_GATES[gate] in this.viewport.header.maps[0]) this.openGate(gate);
    else return false;
    return true;
  }

  openGate(gate) {
    this.moveTo({ gate, depth: 1 });
  }

  // The chart that a depth opens below the cell.
  get chartOfDepth() {
    return this.charts.find((chart) => chart.key === DEPTHS[this.moment.depth]);
  }

  // A page whose charts open no gate is sent those that do, once someone wants to look into one.
  askForGate(gate) {
    if (!this.viewport.header.inspectable) return false;
    this.awaitedGate = gate;
    this.sendState("inspect", true);
    return true;
  }

  // Follows the unit whose row was clicked.
  follow(unit) {
    if (unit !== undefined && unit !== this.moment.unit) this.moveTo({ unit });
  }

  // Memory's colours say who wrote it, or where they don't, its sign.
  toggleSigns() {
    this.moveTo({ signs: this.moment.signs ? 0 : 1 });
  }

  // The window, or the step, was dragged so that it begins at `left`; a window takes its step along.
  handleDrag(what, left) {
    const first = Math.round(left - 0.5);
    if (what === "step") return this.moveTo({ step: first });
    const { total, window: width } = this.viewport.header;
    const window = Math.min(Math.max(first, 0), Math.max(0, total - width));
    this.moveTo({ window, step: this.moment.step - this.moment.window + window });
  }
}

// What opens the first lesson from the first page; null elsewhere.
function firstLessonLink() {
  return document.querySelector(".st-key-first-lesson a");
}

function scrollToTop() {
  document.querySelector(".stMain")?.scrollTo({ top: 0, behavior: prefersReducedMotion() ? "auto" : "smooth" });
}

const players = new WeakMap();

// The player in a root, once `mount` has put it there.
export function playerIn(root) {
  return players.get(root);
}

// What Streamlit calls with every message; the same message again changes nothing.
export default function mount(component) {
  const { parentElement, data } = component;
  const player = players.get(parentElement) ?? new Player(component);
  players.set(parentElement, player);
  const stamp = `${data.byteLength} ${data.slice(0, 400).join("")}`;
  if (player.stamp !== stamp) player.receive(component);
  player.stamp = stamp;
  return () => {
    player.destroy();
    players.delete(parentElement);
  };
}
