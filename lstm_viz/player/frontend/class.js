// A class in this browser: begins one, joins one, and shows the strip in the header, the projector's screen and questions.

import { BallotView } from "./class-ballot.js";
import { post, randomId } from "./class-link.js";
import { Pupil } from "./class-pupil.js";
import { followers, placeOf, writeState } from "./class-state.js";
import { Teacher } from "./class-teacher.js";
import { STYLE, TEMPLATE } from "./class-template.js";
import { currentTheme } from "./display.js";

// This tab's class, and the one that was last taught in this browser: a tab that was closed by mistake isn't its end.
const [HERE, TAUGHT] = ["lstm-viz class", "lstm-viz taught class"];
const CODE = /^[A-Z0-9]{5}$/;
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const FILES = "File";
// The class of the whole page while it follows: a teacher's notes are not for pupils.
const FOLLOWING = "lstm-following";

class Classroom {
  constructor() {
    this.page = { moment: null, paragraph: null, theme: "light", setup: null, isOwn: (event) => this.isOwn(event) };
    window.addEventListener("lstm-viz:moment", ({ detail }) => {
      this.page.moment = detail;
      this.teacher?.tell();
      this.pupil?.hearMoment(detail);
    });
    window.addEventListener("lstm-viz:paragraph", ({ detail }) => {
      this.page.paragraph = detail;
      this.teacher?.tell();
      if (this.teacher) this.update();
    });
    window.addEventListener("lstm-viz:teach", () => this.open());
    window.addEventListener("lstm-viz:choose", (event) => this.takeChoice(event));
  }

  // Takes what Streamlit says anew; the class goes on where its parts are put up anew.
  mount(root, setup) {
    this.page.setup = setup;
    this.themed = root;
    if (this.root && this.root !== root) this.fill();
    if (!this.isBegun) {
      this.isBegun = true;
      // The player and the text may have been there before.
      for (const name of ["moment", "paragraph"]) window.dispatchEvent(new CustomEvent(`lstm-viz:tell-${name}`));
      this.begin();
    }
    this.teacher?.tell();
  }

  // Puts up what a class shows; nothing of it is there before there is one.
  fill() {
    const root = this.themed;
    this.root = root;
    root.innerHTML = `<style>${STYLE}</style>${TEMPLATE}`;
    this.find = (name) => root.querySelector(`[data-is="${name}"]`);
    const clicks = {
      back: () => this.pupil?.setAway(false),
      ask: () => this.teacher?.ask(this.page.paragraph.asked),
      show: () => this.showScreen(),
      hide: () => this.find("screen").close(),
      leave: () => (this.teacher ? this.askWhetherOver() : this.leave()),
      copy: () => navigator.clipboard.writeText(this.link),
      start: () => this.start(),
      resume: () => this.resume(),
      cancel: () => this.find("begin").close(),
      counts: () => this.teacher?.saveCounts(),
      end: () => this.end(),
      stay: () => this.find("over").close(),
    };
    for (const [name, act] of Object.entries(clicks)) this.find(name).onclick = act;
    this.find("join").onsubmit = (event) => {
      event.preventDefault();
      this.join(this.find("typed").value);
    };
    this.makeViews();
    this.update();
  }

  // A question as the teacher sees it, beside the picture and on the projector's screen, or as a pupil does.
  makeViews() {
    if (!this.root) return;
    const choose = this.pupil && ((option) => this.pupil.choose(option));
    const act = this.pupil ? () => this.pupil.putAway() : (action) => this.teacher.act(action);
    const boxes = this.pupil ? ["panel"] : ["panel", "large-panel"];
    this.views = boxes.map((name) => new BallotView(this.find(name), { choose, act }));
  }

  // Whether something was done with the class's own buttons.
  isOwn(event) {
    return event.composedPath().some((part) => part === this.root || part === this.root?.host);
  }

  // As a link, or this tab before it was loaded anew, says.
  begin() {
    const url = new URL(location.href);
    const code = url.searchParams.get("class");
    if (code) {
      url.searchParams.delete("class");
      history.replaceState(history.state, "", url);
    }
    const kept = read(sessionStorage, HERE);
    if (CODE.test(code) && code !== kept?.code) this.follow({ code, person: randomId() });
    else if (kept?.token) this.lead(kept);
    else if (kept?.person) this.follow(kept);
  }

  get theme() {
    this.page.theme = currentTheme(this.themed);
    return this.page.theme;
  }

  // Beginning and joining

  open() {
    if (!this.root) this.fill();
    if (this.teacher) return this.showScreen();
    const taught = read(localStorage, TAUGHT);
    const isThere = taught && taught.until > Date.now();
    this.find("resume").hidden = !isThere;
    if (isThere) this.find("resume").textContent = `Go on with class ${taught.code}`;
    this.sayInDialog("");
    const notes = new URL(location.href);
    notes.searchParams.set("notes", "1");
    this.find("notes").href = notes.href;
    this.find("begin").showModal();
  }

  async start() {
    const place = placeOf(location, this.page.setup);
    const state = writeState(place, { moment: this.page.moment, paragraph: null, theme: this.theme });
    try {
      const begun = await post(`${this.page.setup.base}/class`, { state });
      write(localStorage, TAUGHT, { code: begun.code, token: begun.token, until: Date.now() + 1000 * begun.seconds });
      this.leave();
      this.lead(begun);
      this.find("begin").close();
      this.showScreen();
    } catch (error) {
      this.sayInDialog(error.message);
    }
  }

  resume() {
    const taught = read(localStorage, TAUGHT);
    this.leave();
    this.lead(taught);
    this.find("begin").close();
  }

  join(typed) {
    location.assign(`${this.page.setup.base}/class/join?code=${encodeURIComponent(typed)}`);
  }

  lead({ code, token, kept }) {
    if (!this.root) this.fill();
    this.watchTheme();
    const changed = () => {
      write(sessionStorage, HERE, { code, token, kept: this.teacher?.kept });
      this.update();
    };
    this.teacher = new Teacher(this.page, { code, token, kept }, { changed, over: (said) => this.beOver(said) });
    this.makeViews();
    changed();
  }

  follow({ code, person, away, themeTried }) {
    if (!this.root) this.fill();
    this.watchTheme();
    const changed = () => {
      if (!this.pupil) return;
      write(sessionStorage, HERE, {
        code,
        person: this.pupil.person,
        away: this.pupil.isAway,
        themeTried: this.pupil.themeTried,
      });
      this.update();
    };
    const over = (said) => this.beOver(said);
    document.documentElement.classList.add(FOLLOWING);
    this.pupil = new Pupil(this.page, { code, person, away, themeTried }, { changed, over });
    this.makeViews();
    changed();
  }

  // A change of theme tells nobody.
  watchTheme() {
    clearInterval(this.themePoll);
    this.themePoll = setInterval(() => this.theme, 1000);
    return this.theme;
  }

  // Ending

  askWhetherOver() {
    const { rounds } = this.teacher.people;
    this.find("counts").hidden = rounds === 0;
    this.find("over-text").textContent =
      rounds === 0
        ? "Nobody follows you then any more. Nothing is kept."
        : "Nobody follows you then any more, and the counts of the votes are gone: save them first if you want them.";
    this.find("over").showModal();
  }

  async end() {
    await this.teacher.end();
    localStorage.removeItem(TAUGHT);
    this.find("over").close();
    this.leave();
  }

  beOver(sentence) {
    if (this.teacher) localStorage.removeItem(TAUGHT);
    this.leave();
    this.lastWord = sentence;
    this.update();
  }

  // Leaves the class that this tab is in, if any.
  leave() {
    this.teacher?.close();
    this.pupil?.destroy();
    this.teacher = this.pupil = null;
    document.documentElement.classList.remove(FOLLOWING);
    this.lastWord = "";
    clearInterval(this.themePoll);
    sessionStorage.removeItem(HERE);
    this.update();
  }

  // Voting: while the class votes on a question, its options in the text are votes, and the teacher's reveal nothing.
  takeChoice(event) {
    const { question, option } = event.detail;
    const ballot = (this.teacher ?? this.pupil)?.ballot;
    if (!ballot || ballot.phase === "revealed" || ballot.question !== question) return;
    event.preventDefault();
    this.pupil?.choose(option);
  }

  // What is seen

  get link() {
    return `${location.origin}${this.page.setup.base}/class/${this.teacher.code}`;
  }

  showScreen() {
    const { code } = this.teacher;
    const { base } = this.page.setup;
    this.find("qr").src = `${base}/class/${code}/code.svg?link=${encodeURIComponent(this.link)}`;
    this.find("where").textContent = `${location.host}${base}/class`;
    this.find("large-code").textContent = code;
    this.find("warning").hidden = !LOCAL.includes(location.hostname);
    this.find("screen").showModal();
    this.update();
  }

  update() {
    if (!this.root) return;
    const { teacher, pupil, lastWord } = this;
    const isOn = Boolean(teacher || pupil || lastWord);
    document.documentElement.classList.toggle("lstm-in-class", isOn);
    this.find("strip").classList.toggle("wanders", Boolean(pupil?.isAway));
    this.find("code").textContent = teacher?.code ?? pupil?.code ?? "";
    this.find("status").textContent = teacher ? followers(teacher.people) : pupil ? this.statusOfPupil : lastWord;
    this.find("back").hidden = !pupil?.isAway;
    this.find("show").hidden = !teacher;
    this.find("ask").hidden = !teacher || !this.canAsk;
    this.find("leave").textContent = teacher ? "End" : pupil ? "Leave" : "Close";
    this.say(teacher?.sentence || pupil?.sentence || "");
    const ballot = teacher?.ballot ?? pupil?.seenBallot ?? null;
    for (const view of this.views) view.update(ballot, pupil?.chosen ?? null);
    this.find("large-panel").hidden = !ballot;
    this.find("screen").classList.toggle("asks", Boolean(ballot));
    if (teacher) this.find("count").textContent = followers(teacher.people);
    else if (this.find("screen").open) this.find("screen").close();
    setShown(this.find("strip"), isOn);
    setShown(this.find("question"), Boolean(ballot));
  }

  // Whether the paragraph that is read asks something which the class isn't asked yet.
  get canAsk() {
    const { paragraph, setup } = this.page;
    const isHere = paragraph?.asked && placeOf(location, setup).page === paragraph.lesson;
    return Boolean(isHere) && this.teacher.ballot?.question !== paragraph.asked.question;
  }

  get statusOfPupil() {
    if (this.pupil.isLost) return "looking for the class …";
    if (this.pupil.isAway) return "on your own";
    if (this.pupil.wanted?.widgets.source === FILES) return "look at the front: a file of the teacher's";
    return "following";
  }

  say(sentence) {
    this.find("said").textContent = sentence;
    this.find("said").hidden = !sentence;
  }

  sayInDialog(sentence) {
    this.find("begin-said").textContent = sentence;
    this.find("begin-said").hidden = !sentence;
  }
}

// A popover stands above all of the page, the header too.
function setShown(popover, isShown) {
  // For browsers that know no popovers.
  popover.hidden = !isShown;
  if (!popover.showPopover || isShown === popover.matches(":popover-open")) return;
  if (isShown) popover.showPopover();
  else popover.hidePopover();
}

// A browser that keeps nothing has no class after the page is loaded anew.
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // As above.
  }
}

export default function mount({ parentElement, data }) {
  window.lstmVizClassroom ??= new Classroom();
  window.lstmVizClassroom.mount(parentElement, data);
}
