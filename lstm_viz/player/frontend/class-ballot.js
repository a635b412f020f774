// A question that is asked of a class, as its teacher and as the class see it.

const ACTIONS = {
  open: [["close", "Close the vote"]],
  closed: [
    ["reveal", "Reveal the answer"],
    ["again", "Vote again"],
  ],
  revealed: [["done", "Done"]],
};
const PHASES = {
  open: "The vote is open",
  closed: "The vote is closed: talk about it",
  revealed: "The answer",
};

export class BallotView {
  // `choose` takes an option's index and is there for who votes, `act` an action of the teacher's.
  constructor(box, { choose, act }) {
    Object.assign(this, { box, choose, act });
  }

  // Shows a ballot, or nothing for null; what stands there already stays, so that the focus does too.
  update(ballot, chosen = null) {
    const stamp = ballot ? JSON.stringify([ballot.number, ballot.round, ballot.phase, ballot.question]) : "";
    if (ballot && stamp !== this.stamp) this.fill(ballot);
    this.stamp = stamp;
    if (!ballot) return;
    const total = (ballot.counts ?? []).reduce((sum, count) => sum + count, 0);
    this.options.forEach(({ button, number }, k) => {
      const count = ballot.counts?.[k];
      const share = total ? Math.round((100 * (count ?? 0)) / total) : 0;
      button.style.setProperty("--share", `${share}%`);
      const marks = [];
      if (count !== undefined) marks.push(count ? `${count} · ${share} %` : "0");
      if (k === chosen) marks.unshift("yours");
      if (k === ballot.right && ballot.phase === "revealed") marks.unshift("✓ right");
      number.textContent = marks.join(" · ");
      button.classList.toggle("chosen", k === chosen);
      button.classList.toggle("right", k === ballot.right && ballot.phase === "revealed");
      if (button.type) button.setAttribute("aria-pressed", String(k === chosen));
    });
    this.note.textContent = this.noteOf(ballot, chosen, total);
  }

  noteOf({ phase, round }, chosen, total) {
    const which = round > 1 ? `, round ${round}` : "";
    const said = `${PHASES[phase]}${which}.`;
    if (!this.choose) return `${said} ${total} ${total === 1 ? "answer" : "answers"}.`;
    if (phase === "open")
      return chosen === null ? `${said} What do you think?` : `${said} You can still change your mind.`;
    return said;
  }

  fill(ballot) {
    const make = (tag, className, text = "") =>
      Object.assign(document.createElement(tag), { className, textContent: text });
    this.note = make("p", "round");
    const list = make("ul", "options");
    this.options = ballot.options.map((option, k) => {
      const isButton = this.choose && ballot.phase === "open";
      const button = make(isButton ? "button" : "div", "option");
      if (isButton) Object.assign(button, { type: "button", onclick: () => this.choose(k) });
      const number = make("span", "number");
      button.append(make("kbd", "", `${k + 1}`), make("span", "words", option), number);
      const entry = document.createElement("li");
      entry.append(button);
      list.append(entry);
      return { button, number };
    });
    const actions = make("p", "row");
    const acts = this.choose ? (ballot.phase === "revealed" ? [["close", "Close"]] : []) : ACTIONS[ballot.phase];
    acts.forEach(([action, name], k) => {
      const button = make("button", k === 0 ? "strong" : "", name);
      Object.assign(button, { type: "button", onclick: () => this.act(action) });
      actions.append(button);
    });
    this.box.replaceChildren(this.note, make("p", "question", ballot.question), list, actions);
  }
}
