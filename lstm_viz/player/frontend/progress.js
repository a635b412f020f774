// How far each lesson was read, kept in this browser.

const KEY = "lstm-viz lessons";
const NAVIGATION =
  "header a[href], [data-testid=stTopNavLinkContainer] a[href], [data-testid=stTopNavPopover] a[href], [data-testid=stSidebarNav] a[href]";

// {lesson: {reached: paragraphs that were read, of: all of them}}.
export function readProgress() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function keepProgress(lesson, reached, of) {
  const all = readProgress();
  if ((all[lesson]?.reached ?? 0) >= reached && all[lesson]?.of === of) return;
  all[lesson] = { reached: Math.max(reached, Math.min(all[lesson]?.reached ?? 0, of)), of };
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // A browser that keeps nothing shows a lesson as new.
  }
}

export function isRead(progress, lesson) {
  const { reached, of } = progress[lesson] ?? { reached: 0, of: 1 };
  return reached >= of;
}

// Marks the links of the navigation that lead to lessons which were read to their end.
export function markReadLinks() {
  const progress = readProgress();
  for (const link of document.querySelectorAll(NAVIGATION))
    link.toggleAttribute("data-read", isRead(progress, pageName(link)));
}

// The name of the page that a link leads to; a page that is a file ends in .html.
function pageName(link) {
  return new URL(link.href).pathname
    .split("/")
    .at(-1)
    .replace(/\.html$/, "");
}
