// Opens a picture that stands alone: draws its charts, and answers the player in the server's place.

const STALE = "This browser is too old for this picture: it takes one of 2023 or newer.";
const QUIET = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false };

// How wide the paper of page.css is, without its margins.
const PAPER_PX = 1040;

// What stands packed in the page: gzip in base64.
async function unpacked(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const read = async (id) => new TextDecoder().decode(await unpacked(id));

async function open() {
  const plotly = document.createElement("script");
  plotly.textContent = await read("plotly");
  document.head.append(plotly);
  new Picture(await unpacked("message"), JSON.parse(await read("looks")));
}

class Picture {
  constructor(message, looks) {
    this.message = message;
    this.looks = looks;
    this.watched = new ResizeObserver((seen) => seen.forEach(({ target }) => widen(target)));
    this.root = document.getElementById("player").attachShadow({ mode: "open" });
    this.root.append(document.getElementById("bar").content.cloneNode(true));
    this.look(window.innerWidth < NARROW_PX);
    window.addEventListener("beforeprint", () => this.wear("light", PAPER_PX));
    window.addEventListener("afterprint", () => this.wear(null, null));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rest());
    document.querySelector("main").addEventListener("click", ({ target }) => this.visit(target.dataset.go));
  }

  // Draws the charts for a wide screen or for a narrow one, and hands them to the player.
  async look(narrow) {
    this.narrow = narrow;
    const { window: steps, figures } = this.looks[narrow ? "narrow" : "wide"];
    const boxes = Object.keys(figures).map((key) => boxed(key));
    document.getElementById("charts").replaceChildren(...boxes);
    await Promise.all(Object.values(figures).map((figure, k) => drawn(boxes[k].firstChild, figure, Object.keys(figures)[k])));
    boxes.forEach((box) => this.watched.observe(box.firstChild));
    mount({
      parentElement: this.root,
      data: retold(this.message, { id: narrow ? "narrow" : "wide", narrow, charts: Object.keys(figures), window: steps }),
      setTriggerValue: (_, asked) => this.turnBack(asked),
      setStateValue: (name, value) => name === "narrow" && this.look(value),
    });
    this.enclose();
    this.rest();
  }

  // Draws the pictures of a report, which don't move, in the colours of the page.
  rest() {
    const { palettes } = this.player.reel.header;
    const swap = themeOf(this.root) === "dark" ? exchange(palettes.light, palettes.dark) : {};
    const { wide, narrow } = this.looks;
    for (const [key, figure] of Object.entries({ ...wide.stills, ...(this.narrow && narrow.stills) })) {
      const { data, layout } = JSON.parse(JSON.stringify(replaced(figure, swap)));
      const box = document.querySelector(`[data-figure="${key}"]`);
      window.Plotly.react(box, data, layout, QUIET).then(() => this.watched.observe(box));
    }
  }

  // A step that a report names brings the picture to it.
  visit(place) {
    if (!place) return;
    window.scrollTo({ top: 0, behavior: still() ? "auto" : "smooth" });
    this.player.travel({ moment: JSON.parse(place) });
  }

  get player() {
    return players.get(this.root);
  }

  // The player asks for a step that this picture does not hold: it goes to the nearest one that is here.
  turnBack({ step }) {
    const { reel } = this.player;
    if (reel.holds(step)) return;
    this.player.go({ step: step < reel.header.start ? reel.header.start : reel.stop - 1 });
    this.player.pause();
    document.getElementById("part").classList.add("reached");
  }

  // Paper is light, whatever the screen, and as wide as it is.
  wear(theme, width) {
    const { classList } = document.documentElement;
    this.worn ??= classList.value;
    classList.value = theme ?? this.worn;
    document.querySelector("main").style.width = width ? `${width}px` : "";
    this.player.watch();
    this.rest();
    document.querySelectorAll(".js-plotly-plot").forEach(widen);
  }

  // A notebook's frame becomes as high as the picture, where it lets itself be asked.
  enclose() {
    const fit = () => {
      try {
        if (window.frameElement) window.frameElement.style.height = `${document.querySelector("main").offsetHeight + 4}px`;
      } catch {
        // A frame from elsewhere keeps its height, and scrolls.
      }
    };
    new ResizeObserver(fit).observe(document.querySelector("main"));
  }
}

function boxed(key) {
  const box = document.createElement("div");
  box.className = `st-key-${key}`;
  const chart = document.createElement("div");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", key);
  box.append(chart);
  return box;
}

function drawn(box, { data, layout }, key) {
  return window.Plotly.newPlot(box, data, layout, { ...QUIET, edits: { shapePosition: key === "overview" } });
}

// A chart becomes as wide as its place, and stays as high as it is; Plotly by itself would forget its height.
function widen(chart) {
  const { height } = chart.layout;
  if (!chart.clientWidth || chart.clientWidth === chart._fullLayout.width) return;
  chart.style.height = `${height}px`;
  window.Plotly.relayout(chart, { autosize: true });
  chart.layout.height = height;
}

// The message with some of its header said anew; what changes comes first, since the player tells messages by
// their beginnings.
function retold(message, change) {
  const length = new DataView(message.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, 4 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...change, ...header, ...change }));
  const told = new Uint8Array(4 + text.length + message.length - 4 - length);
  new DataView(told.buffer).setUint32(0, text.length, true);
  told.set(text, 4);
  told.set(message.subarray(4 + length), 4 + text.length);
  return told;
}

open().catch((error) => {
  document.getElementById("charts").textContent = "DecompressionStream" in window ? String(error) : STALE;
});
