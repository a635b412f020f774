// Numbers as text. The twin of figures/formats.py: the same roundings, the same minus sign.

const MINUS = "\u2212";

function plain(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

function signed(value, digits = 2) {
  const text = plain(value, digits);
  return value > 0 && Number(text) !== 0 ? "+" + text : text;
}

function summand(value, digits = 2) {
  const text = plain(value, digits);
  return text.startsWith(MINUS) ? `${MINUS} ${text.slice(1)}` : `+ ${text}`;
}

const STYLES = { plain, signed, sum: summand };

// Whether the rounded numbers, multiplied or added by hand, give the rounded result.
// Whole numbers of hundredths keep this exact.
function checks(left, by, right, result, digits = 2) {
  const unit = 10 ** digits;
  const [a, b, c] = [left, right, result].map((v) => Math.round(Number(plain(v, digits).replace(MINUS, "-")) * unit));
  if (![a, b, c].every(Number.isFinite)) return false;
  if (by === "+") return a + b === c;
  const product = a * b;
  return Math.sign(product) * Math.floor(Math.abs(product) / unit + 0.5) === c;
}

function blend(colours, share) {
  const place = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const left = Math.min(Math.trunc(place), colours.length - 2);
  const channels = (colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  const [from, to] = [channels(colours[left]), channels(colours[left + 1])];
  const mixed = from.map((a, k) => Math.floor(a + (to[k] - a) * (place - left) + 0.5));
  return "#" + mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("");
}

function warped(colours, root) {
  return colours.map((colour, stop) => {
    const share = stop / (colours.length - 1);
    const bent = 0.5 + (Math.sign(share - 0.5) * (2 * share - 1) ** 2) / 2;
    return [root ? bent : share, colour];
  });
}
