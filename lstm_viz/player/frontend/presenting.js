// What a lecture needs beside larger words: a dot that goes with the mouse, and the address to hand out.

const [DOT_PX, SAID_MS] = [34, 1600];

let dot = null;

// Shows a dot at the mouse that everyone sees, or takes it away; returns whether it is there now.
export function togglePointer(isOn = dot === null) {
  if (!isOn) {
    window.removeEventListener("pointermove", follow, true);
    dot?.remove();
    dot = null;
    return false;
  }
  dot = Object.assign(document.createElement("div"), { className: "lecture-pointer", ariaHidden: "true" });
  document.body.append(dot);
  window.addEventListener("pointermove", follow, true);
  return true;
}

function follow({ clientX, clientY }) {
  dot.style.transform = `translate(${clientX - DOT_PX / 2}px, ${clientY - DOT_PX / 2}px)`;
  dot.style.opacity = "1";
}

// Puts the page's address into the clipboard, and says so on the button.
export async function copyLink(button) {
  const before = button.textContent;
  const said = await navigator.clipboard.writeText(location.href).then(
    () => "Copied",
    () => "Copy it from the address bar",
  );
  button.textContent = said;
  setTimeout(() => {
    button.textContent = before;
  }, SAID_MS);
}
