// A pupil's side of a class: the page goes where the teacher's is, until its person goes somewhere by themselves.

import { PersonStream, post, randomId } from "./class-link.js";
import { addressOf, differs, momentOf, placeOf, placeText, readState } from "./class-state.js";

const POLL_MS = 250;
// How often a page that has just come is asked to be at the teacher's moment: its text may move it too.
const TRIES = 40;
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "Tab", "CapsLock"];

export class Pupil {
  constructor(page, { code, person, away = false, themeTried = "" }, { changed, over }) {
    Object.assign(this, { page, code, person, themeTried, changed, over, isAway: away });
    this.ballot = null;
    this.chosen = null;
    this.isLost = true;
    this.hasActed = false;
    this.sentence = "";
    this.path = `${page.setup.base}/class/${code}`;
    this.stream = new PersonStream(
      () => `${this.path}/events?person=${this.person}${this.isAway ? "&away=1" : ""}`,
      (kind, value) => this.hear(kind, value),
    );
    const acted = (event) => this.act(event);
    for (const name of ["keydown", "pointerdown"]) window.addEventListener(name, acted, true);
    this.poll = setInterval(() => this.look(), POLL_MS);
    this.destroy = () => {
      this.stream.close();
      clearInterval(this.poll);
      for (const name of ["keydown", "pointerdown"]) window.removeEventListener(name, acted, true);
    };
  }

  hear(kind, value) {
    if (kind === "state") this.follow(value);
    // Another tab is the same person, as one that was duplicated: this one is somebody else from now on.
    if (kind === "moved") this.person = randomId();
    if (kind === "ballot") this.takeBallot(value);
    if (kind === "lost" || kind === "found") this.isLost = kind === "lost";
    if (kind === "end" || kind === "gone") {
      this.destroy();
      return this.over(kind === "end" ? value : "The class can't be found any more: it may be over.");
    }
    this.changed();
  }

  // Following

  follow(text) {
    this.wanted = readState(text, this.page.setup);
    if (!this.isAway) this.go();
  }

  get place() {
    return placeText(placeOf(location, this.page.setup));
  }

  go() {
    const { wanted } = this;
    if (!wanted) return;
    this.hasActed = false;
    this.tries = TRIES;
    const { theme } = wanted;
    if (theme && theme !== this.page.theme && theme !== this.themeTried) return this.wear(theme);
    const place = placeText(wanted);
    this.placeBefore = this.place;
    if (place !== this.place && place !== this.sentTo) this.navigate(place);
    this.settle();
  }

  // Another theme comes with the page itself, so the page is opened anew, once for each theme that is asked for.
  wear(theme) {
    this.themeTried = theme;
    this.changed();
    const url = addressOf(this.wanted, location.href, this.page.setup);
    url.searchParams.set("embed_options", `${theme}_theme`);
    setTimeout(() => location.replace(url), Math.random() * 1000);
  }

  // Another page, model or sequence: as if the person had gone back to that address, which reruns no other page.
  navigate(place) {
    this.sentTo = place;
    history.replaceState(history.state, "", addressOf(this.wanted, location.href, this.page.setup));
    window.dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  }

  // Brings text and picture to where the teacher's are, once they show the same run.
  settle() {
    const { wanted } = this;
    const { moment, paragraph, setup } = this.page;
    if (!moment || placeOf(location, setup).page !== wanted.page) return;
    if (wanted.paragraph !== null && paragraph?.lesson === wanted.page && paragraph.paragraph !== wanted.paragraph)
      window.dispatchEvent(new CustomEvent("lstm-viz:read", { detail: { paragraph: wanted.paragraph } }));
    if (this.page.moment.run !== wanted.run) return;
    const target = momentOf(wanted, this.page.moment.beats);
    if (target && differs(this.page.moment, target))
      window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment: target } }));
  }

  // The picture has moved: by itself, or by the person.
  hearMoment(moment) {
    if (this.isAway || !this.wanted) return;
    const target = momentOf(this.wanted, moment.beats);
    const isElsewhere = target && differs(moment, target) && (!this.home || differs(moment, this.home));
    if (this.hasActed && isElsewhere && moment.run === this.wanted.run) this.setAway(true);
    else if (!this.hasActed) this.home = moment;
  }

  look() {
    if (this.isAway || !this.wanted) return;
    if (this.hasActed) {
      const { place } = this;
      if (place !== this.placeBefore && place !== placeText(this.wanted) && place !== this.sentTo) this.setAway(true);
      return;
    }
    this.placeBefore = this.place;
    if (this.tries > 0) {
      this.tries -= 1;
      this.settle();
    }
  }

  // Notes a key or a touch of the person's own: a picture that moves after it was moved by them.
  act(event) {
    if (!event.isTrusted || MODIFIERS.includes(event.key) || this.page.isOwn(event)) return;
    this.hasActed = true;
  }

  setAway(isAway) {
    this.isAway = isAway;
    if (!isAway) {
      this.sentTo = null;
      this.go();
    }
    post(`${this.path}/away`, { person: this.person, away: isAway }).catch(() => null);
    this.changed();
  }

  // Voting

  takeBallot(ballot) {
    const isSame = ballot && this.ballot && ballot.number === this.ballot.number && ballot.round === this.ballot.round;
    if (!isSame) this.chosen = null;
    // After a restart of the server the answers are missing: each browser sends its own again.
    const isForgotten = isSame && ballot.phase === "open" && this.chosen !== null;
    const isRevealed = ballot?.phase === "revealed" && this.ballot?.phase !== "revealed";
    this.ballot = ballot;
    if (ballot?.phase !== "revealed") this.isPutAway = false;
    if (isForgotten) this.send(this.chosen);
    if (isRevealed) this.reveal();
  }

  // The question, until its answer was read and put away.
  get seenBallot() {
    return this.isPutAway ? null : this.ballot;
  }

  putAway() {
    this.isPutAway = true;
    this.changed();
  }

  choose(option) {
    if (this.ballot?.phase !== "open") return;
    this.chosen = option;
    this.send(option);
    this.changed();
  }

  async send(option) {
    const { number, round } = this.ballot;
    try {
      await post(`${this.path}/answer`, { person: this.person, number, round, option });
      this.sentence = "";
    } catch (error) {
      this.sentence = error.message;
    }
    this.changed();
  }

  // The text gives the answer, and brings the picture to it.
  reveal() {
    const detail = { question: this.ballot.question, chosen: this.chosen };
    if (!this.isAway) window.dispatchEvent(new CustomEvent("lstm-viz:reveal", { detail }));
  }
}
