// The teacher's side of a class: it tells where the page is, and asks the class.

import { post, request, TeacherStream } from "./class-link.js";
import { placeOf, writeState } from "./class-state.js";

const [BETWEEN_MS, POLL_MS] = [60, 400];

export class Teacher {
  // `page` knows the screen: {setup, moment, paragraph, theme}; `changed` is called when there is something to show.
  constructor(page, { code, token, kept = null }, { changed, over }) {
    Object.assign(this, { page, code, token, kept, changed, over });
    this.people = { people: 0, away: 0, rounds: 0 };
    this.ballot = null;
    this.sentence = "";
    this.path = `${page.setup.base}/class/${code}`;
    this.stream = new TeacherStream(`${this.path}/lead`, token, {
      heard: (kind, value) => this.hear(kind, value),
      lost: (error) => this.lose(error),
    });
    this.poll = setInterval(() => {
      this.tell();
      this.moveOn();
    }, POLL_MS);
    this.tell();
  }

  get state() {
    const { moment, theme } = this.page;
    return writeState(placeOf(location, this.page.setup), { moment, paragraph: this.paragraph, theme });
  }

  // Which paragraph of this page is read; null on a page that has none.
  get paragraph() {
    const { setup, paragraph } = this.page;
    return paragraph?.lesson === placeOf(location, setup).page ? paragraph.paragraph : null;
  }

  // Tells the class where the page is: at once, and no sooner again than it was told before.
  async tell() {
    if (this.isTelling || this.isClosed) return;
    const { state } = this;
    if (state === this.told) return;
    this.isTelling = true;
    this.told = state;
    try {
      await post(`${this.path}/state`, { state }, this.token);
      this.say("");
    } catch (error) {
      this.told = null;
      // A state that is refused stays so; what was only too fast, or not there, is tried again by the poll.
      if (error.status === 400) this.told = state;
    }
    setTimeout(() => {
      this.isTelling = false;
      if (this.state !== this.told && this.told !== null) this.tell();
    }, BETWEEN_MS);
  }

  hear(kind, value) {
    if (kind === "found") this.say("");
    if (kind === "end") return this.close() || this.over(value);
    if (kind !== "count") return;
    const before = this.ballot && JSON.stringify([this.ballot.number, this.ballot.round, this.ballot.phase]);
    const { ballot, ...people } = value;
    const hasChanged = before !== (ballot && JSON.stringify([ballot.number, ballot.round, ballot.phase]));
    const isRevealed = hasChanged && ballot?.phase === "revealed";
    const isOld = isRevealed && this.ballot === null;
    Object.assign(this, { ballot, people });
    if (hasChanged) this.keep();
    if (isRevealed) this.reveal(isOld);
    this.changed();
  }

  // The text gives the answer, and the class's pages go with it. One that was given before this page was loaded is
  // read by now.
  reveal(isOld) {
    this.revealedAt = isOld ? null : this.readNow;
    const detail = { question: this.ballot.question, chosen: null };
    if (!isOld) window.dispatchEvent(new CustomEvent("lstm-viz:reveal", { detail }));
  }

  // Keeps what a server that is restarted has to be told.
  async keep() {
    this.kept = await request(`${this.path}/kept`, { token: this.token }).then(
      (answer) => answer.json(),
      () => this.kept,
    );
    this.changed();
  }

  // The stream has broken: a server that has forgotten the class has it back from here.
  async lose(error) {
    if (error.status === 404) {
      try {
        await post(`${this.path}/resume`, { state: this.state, kept: this.kept }, this.token);
        this.told = null;
        return;
      } catch (refused) {
        error = refused;
      }
    }
    if ([403, 410].includes(error.status)) {
      this.close();
      return this.over(error.message);
    }
    this.say(error.status === 0 ? "The server can't be reached. The class comes back with it." : error.message);
  }

  // A question whose answer was revealed is done with once the teacher reads on.
  moveOn() {
    if (this.ballot?.phase !== "revealed" || this.revealedAt === this.readNow) return;
    this.revealedAt = this.readNow;
    this.act("done");
  }

  get readNow() {
    return `${placeOf(location, this.page.setup).page} ${this.paragraph}`;
  }

  async ask(asked) {
    await this.send({ action: "ask", ...asked });
  }

  async act(action) {
    await this.send({ action });
  }

  async send(body) {
    try {
      await post(`${this.path}/ballot`, body, this.token);
      this.say("");
    } catch (error) {
      this.say(error.message);
    }
  }

  say(sentence) {
    if (sentence === this.sentence) return;
    this.sentence = sentence;
    this.changed();
  }

  async saveCounts() {
    const answer = await request(`${this.path}/counts.csv`, { token: this.token });
    const link = Object.assign(document.createElement("a"), { download: `class-${this.code}.csv` });
    link.href = URL.createObjectURL(await answer.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async end() {
    this.close();
    await post(`${this.path}/end`, {}, this.token).catch(() => null);
  }

  close() {
    this.isClosed = true;
    this.stream.close();
    clearInterval(this.poll);
  }
}
