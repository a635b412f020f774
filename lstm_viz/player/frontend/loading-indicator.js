// A sign that another page is on its way: from the click that leads there until its charts stand.

const SAID = "Opening the page …";
// A link to the page that is open already brings no other title: so long is another page waited for.
const LONGEST_WITHOUT_TITLE_MS = 4000;

export class LoadingIndicator {
  // Shows at once a line along the upper edge and, where it takes longer, words: styles say when.
  show() {
    if (!this.box) {
      this.box = Object.assign(document.createElement("div"), { className: "page-on-its-way", role: "status" });
      this.box.append(Object.assign(document.createElement("span"), { textContent: SAID }));
      document.body.append(this.box);
    }
    this.title = document.title;
    this.shownAt = performance.now();
  }

  // Takes the sign away once the other page is there.
  update(isComplete) {
    if (!this.box) return;
    const isQuiet = document.querySelector(".stApp")?.dataset.testScriptState !== "running";
    const isTurned = document.title !== this.title;
    if (isQuiet && (isTurned ? isComplete : performance.now() - this.shownAt > LONGEST_WITHOUT_TITLE_MS)) this.hide();
  }

  hide() {
    this.box?.remove();
    this.box = null;
  }
}
