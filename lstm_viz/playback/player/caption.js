// What happened to the followed unit, in one line and in the equation, with the trace's numbers.

function caption(reel, moment) {
  if (reel.layer(moment.layer).variant === "rnn") return ungated(reel, moment);
  const of = numbersOf(reel, moment);
  const layer = reel.layer(moment.layer);
  const step = moment.step + 1;
  const event = plainly(WORDS.event(reel, moment)[0]);
  const arriving = reel.readsInput(moment.layer) ? `the event ${event}` : "the output of the layer below";
  const lines = {
    arrive: () => layer.reverse ? backwards(reel, moment, arriving, of) : `Step ${step}: ${arriving} arrives; LTM is ${signed(of.previous_cell_state)}, STM ${signed(of.previous_hidden_state)}.`,
    forget: () => `Forget: ${product(of.previous_cell_state, of.forget_gate, of.kept)}, ${kept(of.forget_gate)}.`,
    learn: () => `Learn: ${product(of.candidate, of.input_gate, of.learned)}, ${let_in(of.input_gate)}.`,
    remember: () => `Remember: ${signed(of.kept)} ${summand(of.learned)} ${equals(of.kept, "+", of.learned, of.cell_state)} ${signed(of.cell_state)}, the new LTM.`,
    use: () => `Use: ${product(of.readout, of.output_gate, of.used)}, ${used(of, layer)}.`,
    "move on": () => `LTM ${signed(of.cell_state)} and STM ${signed(of.hidden_state)} go on to ${next(reel, moment)}.${answer(reel, moment)}`,
  };
  return lines[reel.header.beats[moment.beat]]();
}

// A plain RNN has no gates to tell of: one memory, and what the step made of it.
function ungated(reel, moment) {
  const place = reel.place(moment.layer, moment.unit);
  const [before, after] = ["previous_hidden_state", "hidden_state"].map((name) => reel.at(moment.layer, name, moment.step, moment.sequence, place));
  const label = plainly(WORDS.event(reel, moment)[0]);
  return `Step ${moment.step + 1}: the event ${label} arrives; STM goes from ${signed(before)} to ${signed(after)}.${answer(reel, moment)}`;
}

function numbersOf(reel, moment) {
  const place = reel.place(moment.layer, moment.unit);
  const names = ["previous_cell_state", "previous_hidden_state", "forget_gate", "kept", "candidate", "input_gate"];
  names.push("learned", "cell_state", "readout", "output_gate", "hidden_state");
  const of = Object.fromEntries(
    names.map((name) => [name, reel.at(moment.layer, name, moment.step, moment.sequence, place)]),
  );
  return { ...of, used: Math.fround(of.readout * of.output_gate) };
}

function equals(left, by, right, result) {
  return checks(left, by, right, result) ? "=" : "≈";
}

function product(left, right, result) {
  return `${signed(left)} × ${plain(right)} ${equals(left, "×", right, result)} ${signed(result)}`;
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

function kept(factor) {
  if (factor > 0.995) return "so nothing is forgotten";
  if (factor < 0.005) return "so all of it is forgotten";
  return `so ${percent(factor)} of it is kept`;
}

function let_in(factor) {
  if (factor > 0.995) return "so nothing is ignored";
  if (factor < 0.005) return "so all of it is ignored";
  return `so ${percent(factor)} of it is let in`;
}

function used(of, layer) {
  return Math.abs(of.used - of.hidden_state) < 1e-4 || Number.isNaN(of.hidden_state)
    ? "the new STM"
    : "which the projection turns into STM";
}

function next(reel, moment) {
  const reverse = reel.layer(moment.layer).reverse;
  if (reverse && moment.step === 0) return "no other step: a layer that reads from the end stops at the front";
  if (!reverse && moment.step + 1 >= reel.header.lengths[moment.sequence]) return "whatever comes after this sequence";
  return reverse ? `step ${moment.step}, the one before` : `step ${moment.step + 2}`;
}

// How a step begins in a layer that reads from the end.
function backwards(reel, moment, arriving, of) {
  const [step, length] = [moment.step + 1, reel.header.lengths[moment.sequence]];
  const from = step === length ? "reading begins at the end, with" : `reading from the end; step ${step + 1} hands on`;
  return `Step ${step}: ${arriving} arrives, ${from} LTM ${signed(of.previous_cell_state)}, STM ${signed(of.previous_hidden_state)}.`;
}

function answer(reel, moment) {
  const said = answerAt(reel, moment);
  return said ? ` ${said[0].toUpperCase()}${said.slice(1)}.` : "";
}

// A chart's marked-up text as plain words; what it parses to is never put on the page.
function plainly(text) {
  return new DOMParser().parseFromString(text.replaceAll("<br>", ", "), "text/html").body.textContent;
}

// What a page's formulas say now: its own, or the whole cell's. A term with a rule has a number of the reel.
function formulas(reel, moment) {
  if (!reel.header.formulas.length) return equation(reel, moment);
  return reel.header.formulas.map((terms) => terms.map((term) => written(term, reel, moment)));
}

function written(term, reel, moment) {
  const hidden = term.beat !== undefined && moment.beat < term.beat;
  const text = hidden ? "□" : term.rule ? [evaluate(term.rule, reel, moment)].flat().join("") : term.text;
  return { ...term, index: moment.step + 1 + (term.before ? (reel.layer(moment.layer).reverse ? 1 : -1) : 0), text, acts: term.beat === moment.beat };
}

// The equation as terms; a term with a part lights that part up when it is pointed at.
function equation(reel, moment) {
  if (reel.layer(moment.layer).variant === "rnn") return [];
  const of = numbersOf(reel, moment);
  const t = moment.step + 1;
  const shownAt = (beat, value) => (moment.beat >= beat ? value : "□");
  const term = (part, value, hue, beat) => ({ part, text: shownAt(beat, value), hue, acts: moment.beat === beat });
  const course = reel.layer(moment.layer).variant === "course";
  const long = [
    { symbol: "LTM", index: t, text: "=" },
    term("forget_gate", plain(of.forget_gate), "forget", 1),
    { text: "·" },
    term("previous_cell_state", bracketed(of.previous_cell_state), "ink", 0),
    { text: "+" },
    term("input_gate", plain(of.input_gate), "learn", 2),
    { text: "·" },
    term("candidate", bracketed(of.candidate), "learn", 2),
    { text: equalsSum(of) },
    term("cell_state", plain(of.cell_state), "remember", 3),
  ];
  const short = [
    { symbol: "STM", index: t, text: "=" },
    term("output_gate", plain(of.output_gate), "use", 4),
    { text: "·" },
    ...(course
      ? [term("readout", bracketed(of.readout), "use", 4)]
      : [{ text: "tanh(" }, term("cell_state", plain(of.cell_state), "remember", 3), { text: ")" }]),
    { text: equals(of.readout, "×", of.output_gate, of.hidden_state) },
    term("hidden_state", plain(of.hidden_state), "use", 4),
  ];
  return course ? [long, short, offered(of)] : [long, short];
}

// The course's cell: what memory offers comes from what was kept, by weights of its own.
function offered(of) {
  const sub = (text) => ({ text, sub: true });
  const kept = { part: "kept", text: "kept", hue: "forget" };
  return [{ text: `where ${plain(of.readout)} = tanh(W` }, sub("u"), kept, { text: "+ b" }, sub("u"), { text: ")" }];
}

function bracketed(value) {
  return value < 0 ? `(${plain(value)})` : plain(value);
}

// Whether f·c' + i·g, done by hand with the rounded numbers, gives the rounded LTM.
function equalsSum(of) {
  const hundredths = (value) => Math.round(Number(plain(value).replace(MINUS, "-")) * 100);
  const [f, c, i, g] = [of.forget_gate, of.previous_cell_state, of.input_gate, of.candidate].map(hundredths);
  const exact = f * c + i * g;
  return Math.sign(exact) * Math.floor(Math.abs(exact) / 100 + 0.5) === hundredths(of.cell_state) ? "=" : "≈";
}
