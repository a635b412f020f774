// Opens a picture that stands alone: draws its charts, and answers the player in the server's place.

const STALE = "This browser is too old for this picture: it takes one of 2023 or newer.";
const QUIET = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, responsive: true };

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
    this.root = document.getElementById("player").attachShadow({ mode: "open" });
    this.root.append(document.getElementById("bar").content.cloneNode(true));
    this.look(window.innerWidth < NARROW_PX);
    window.addEventListener("beforeprint", () => this.wear("light"));
    window.addEventListener("afterprint", () => this.wear(null));
  }

  // Draws the charts for a wide screen or for a narrow one, and hands them to the player.
  async look(narrow) {
    const { window: steps, figures } = this.looks[narrow ? "narrow" : "wide"];
    const boxes = Object.keys(figures).map((key) => boxed(key));
    document.getElementById("charts").replaceChildren(...boxes);
    await Promise.all(Object.values(figures).map((figure, k) => drawn(boxes[k].firstChild, figure, Object.keys(figures)[k])));
    mount({
      parentElement: this.root,
      data: retold(this.message, { id: narrow ? "narrow" : "wide", narrow, charts: Object.keys(figures), window: steps }),
      setTriggerValue: (_, asked) => this.turnBack(asked),
      setStateValue: (name, value) => name === "narrow" && this.look(value),
    });
    this.enclose();
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

  // Paper is light, whatever the screen.
  wear(theme) {
    const { classList } = document.documentElement;
    this.worn ??= classList.value;
    classList.value = theme ?? this.worn;
    this.player.watch();
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
