// Tells the server when the page's theme or width is another than its charts were drawn for.

const LOOK_MS = 400;
const PHONE_PX = 640;
const looks = new WeakMap();

export default function mount({ parentElement, data, setStateValue }) {
  clearInterval(looks.get(parentElement));
  let told = JSON.stringify(data);
  const look = () => {
    const seen = { theme: themeOf(parentElement), narrow: window.innerWidth < PHONE_PX };
    if (JSON.stringify(seen) === told) return;
    told = JSON.stringify(seen);
    setStateValue("seen", seen);
  };
  looks.set(parentElement, setInterval(look, LOOK_MS));
  return () => clearInterval(looks.get(parentElement));
}
