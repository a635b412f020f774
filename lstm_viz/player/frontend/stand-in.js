// A copy of a page's main picture, which stands in its place from when it is taken away until the next page's is drawn.

const LINK = "a[href]";

// Calls `prepare` whenever a link or the browser's history leads away, and says whether that is to another of our
// pages; returns what ends that.
export function watchForLeaving(prepare) {
  const onClick = (event) => {
    const link = event.composedPath().find((part) => part instanceof Element && part.matches(LINK));
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.target !== "_blank")
      prepare(link.origin === location.origin && link.pathname !== location.pathname && !link.hasAttribute("download"));
  };
  const onHistory = () => prepare(true);
  window.addEventListener("click", onClick, true);
  window.addEventListener("popstate", onHistory);
  return () => {
    window.removeEventListener("click", onClick, true);
    window.removeEventListener("popstate", onHistory);
  };
}

export class StandIn {
  // Copies a chart as it looks now. The copy is seen once the chart is gone, before the browser paints without it.
  constructor(gd, stage) {
    this.gd = gd;
    const [inner, outer] = [gd, stage].map((part) => part.getBoundingClientRect());
    this.box = Object.assign(document.createElement("div"), {
      className: "stand-in",
      hidden: true,
      ariaHidden: "true",
    });
    this.box.append(...[...gd.querySelectorAll(".main-svg")].map((svg) => svg.cloneNode(true)));
    const place = {
      left: inner.left - outer.left,
      top: inner.top - outer.top,
      width: inner.width,
      height: inner.height,
    };
    for (const [name, value] of Object.entries(place)) this.box.style[name] = `${value}px`;
    this.box.style.background = gd.layout.paper_bgcolor;
    stage.append(this.box);
    this.observer = new MutationObserver(() => {
      if (!gd.isConnected || !gd.querySelector(".main-svg")) this.box.hidden = false;
    });
    for (let part = gd; part && part !== stage; part = part.parentElement)
      this.observer.observe(part, { childList: true });
  }

  // Leaves its place to another chart, once that is seen: Streamlit keeps a chart hidden until it is drawn.
  removeFor(gd) {
    const isSeen =
      gd?.querySelector(".main-svg") && gd.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (isSeen && gd !== this.gd) this.remove();
  }

  remove() {
    this.observer.disconnect();
    this.box.remove();
  }
}
