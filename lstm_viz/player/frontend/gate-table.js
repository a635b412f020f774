// A run of an LSTM cell whose gates are a table: the twin of lstm_viz/analysis/gate_tables.py. And a table as a short text.

const SMALLEST_LEAD = 1e-6;
// Forget gate, input gate, candidate, output gate: the candidate alone is signed.
const GATES = 4;
export const CANDIDATE = 2;
// Levels as letters: tenths from 0 to 1, of the candidate from -1 to 1.
const LETTERS = "abcdefghijklmnopqrstu";
const TENTHS = 10;

// `table[gate][event][unit]`, `events[step]` of one sequence: {cell, hidden}, each [step][unit].
export function runTable(table, events) {
  const [forgetGate, inputGate, candidate, outputGate] = table;
  let state = forgetGate[0].map(() => 0);
  const [cell, hidden] = [[], []];
  for (const event of events) {
    state = state.map((before, k) => forgetGate[event][k] * before + inputGate[event][k] * candidate[event][k]);
    cell.push(state);
    hidden.push(state.map((value, k) => outputGate[event][k] * Math.tanh(value)));
  }
  return { cell, hidden };
}

// The unit whose number is the largest; -1 where no other one's is clearly smaller.
export function largest(values) {
  const ordered = [...values].sort((a, b) => b - a);
  return ordered[0] - ordered[1] > SMALLEST_LEAD ? values.indexOf(ordered[0]) : -1;
}

// The table in letters, one a gate, event and unit.
export function writeTable(table) {
  const level = (value, gate) => LETTERS[Math.round(value * TENTHS) + (gate === CANDIDATE ? TENTHS : 0)];
  return table
    .map((events, gate) =>
      events
        .flat()
        .map((value) => level(value, gate))
        .join(""),
    )
    .join("");
}

// The table that such a text stands for; null where it stands for none.
export function readTable(text, events, units) {
  if (typeof text !== "string" || text.length !== GATES * events * units) return null;
  const levels = [...text].map((letter) => LETTERS.indexOf(letter));
  const table = Array.from({ length: GATES }, (_, gate) =>
    Array.from({ length: events }, (_, event) =>
      Array.from({ length: units }, (_, unit) => {
        const level = levels[(gate * events + event) * units + unit];
        if (level < 0 || (gate !== CANDIDATE && level > TENTHS)) return null;
        return (level - (gate === CANDIDATE ? TENTHS : 0)) / TENTHS;
      }),
    ),
  );
  return table.flat(2).includes(null) ? null : table;
}
