// Closes Streamlit's sidebar once a visit where a screen has no room for it beside the picture. Streamlit itself closes
// it on phones alone; whoever opens it keeps it.

const ROOM_PX = 1200;
const CLOSED = "lstm-viz drawer closed";

export default function mount() {
  if (window.innerWidth >= ROOM_PX || sessionStorage.getItem(CLOSED)) return;
  sessionStorage.setItem(CLOSED, "yes");
  const sidebar = document.querySelector("[data-testid=stSidebar]");
  if (sidebar?.getAttribute("aria-expanded") !== "false")
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}
