// Which events today's LTM comes from. The twin of figures/ledgers.py.

const MOST_WRITES = 6;
const UNWRITTEN = { rest: "all other events", before: "before this window" };

function writes(rule, reel, moment) {
  const { table, order } = ledgerInWindow(reel, moment);
  if (rule.give === "told") return toldWrites(table, order, rule, reel, moment);
  const step = order[rule.write];
  if (rule.give === "values") return shareOf(table, order, rule.write);
  if (rule.give === "name")
    return step === undefined ? UNWRITTEN[rule.write] ?? BLANK : `${writtenLabel(reel, moment, step)}, step ${moment.window + step + 1}`;
  return table[0].map((_, k) => (k === step ? writtenMark(reel, moment, step) : BLANK));
}

function ledgerInWindow(reel, moment) {
  const key = `ledger ${moment.layer} ${moment.unit} ${moment.sequence} ${moment.window}`;
  if (!reel.made.has(key)) reel.made.set(key, makeLedger(reel, moment));
  return reel.made.get(key);
}

function makeLedger(reel, moment) {
  const steps = windowSteps(reel, moment);
  const place = reel.place(moment.layer, moment.unit);
  const column = (name) => steps.map((step) => reel.at(moment.layer, name, step, moment.sequence, place));
  const [forget, learned, before] = ["forget_gate", "learned", "previous_cell_state"].map(column);
  const table = range(0, steps.length + 1).map(() => Array(steps.length).fill(0));
  const reading = range(0, steps.length);
  if (reel.layer(moment.layer).reverse) reading.reverse();
  let shares = null;
  for (const step of reading) {
    if (Number.isNaN(forget[step])) continue;
    shares ??= [before[step], ...Array(steps.length).fill(0)];
    shares = shares.map((share) => share * forget[step]);
    shares[1 + step] = learned[step];
    shares.forEach((share, row) => (table[row][step] = share));
  }
  const weight = table.slice(1).map((row) => Math.max(0, ...row.map(Math.abs)));
  const order = range(0, steps.length).sort((a, b) => weight[b] - weight[a] || a - b);
  return { table, order: order.slice(0, MOST_WRITES) };
}

function shareOf(table, order, rank) {
  if (rank === "before") return table[0];
  if (rank !== "rest") return order[rank] === undefined ? table[0].map(() => 0) : table[1 + order[rank]];
  const listed = new Set(order);
  return table[0].map((_, t) => table.slice(1).reduce((sum, row, k) => sum + (listed.has(k) ? 0 : row[t]), 0));
}

// Today's memory as its shares: the writes that have a colour, the largest first, and the others' sum.
function toldWrites(table, order, rule, reel, moment) {
  const now = table.map((row) => row[moment.step - moment.window]);
  const share = (rank) => now[1 + order[rank]];
  const seen = (value) => /[1-9]/.test(signed(value));
  const ranks = range(0, order.length).filter((rank) => seen(share(rank)));
  ranks.sort((a, b) => Math.abs(share(b)) - Math.abs(share(a)) || a - b);
  const most = ranks.slice(0, rule.most);
  const swatch = (rank) => (rule.colours ? `<span style="color:${rule.colours[rank]}">■</span> ` : "");
  const said = most.map(
    (rank) => `${swatch(rank)}${writtenLabel(reel, moment, order[rank])} at step ${moment.window + order[rank] + 1} ${signed(share(rank))}`,
  );
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  if (seen(now[0])) said.push(`${UNWRITTEN.before} ${signed(now[0])}`);
  return [...said, `${UNWRITTEN.rest} ${signed(sum(now.slice(1)) - sum(most.map(share)))}`].join(", ");
}

function writtenMark(reel, moment, step) {
  const label = writtenLabel(reel, moment, step);
  return label.length <= reel.header.ticks.short ? label : String(moment.window + step + 1);
}

function writtenLabel(reel, moment, step) {
  return safe(reel.header.labels[moment.window - reel.header.start + step][moment.sequence]) || BLANK;
}
