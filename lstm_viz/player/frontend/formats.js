// Numbers as text. The twin of figures/formats.py: the same roundings, the same minus sign.

const MINUS = "\u2212";

export function plain(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

// A whole number with commas between thousands.
export function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function signed(value, digits = 2) {
  const text = plain(value, digits);
  return Number(text) > 0 ? `+${text}` : text;
}

export function summand(value, digits = 2) {
  const text = plain(value, digits);
  return text.startsWith(MINUS) ? `${MINUS} ${text.slice(1)}` : `+ ${text}`;
}

export const STYLES = { plain, signed, sum: summand };

// Whether the rounded numbers, multiplied or added by hand, give the rounded result.
// Whole numbers of hundredths keep this exact.
export function checks(left, by, right, result, digits = 2) {
  const unit = 10 ** digits;
  const [a, b, c] = [left, right, result].map((value) => inUnits(value, digits));
  if (![a, b, c].every(Number.isFinite)) return false;
  return by === "+" ? a + b === c : roundedQuotient(a * b, unit) === c;
}

// The same for two products and their sum.
export function checksTwoProducts([a, b], [c, d], result, digits = 2) {
  const [f, x, i, g] = [a, b, c, d].map((value) => inUnits(value, digits));
  return roundedQuotient(f * x + i * g, 10 ** digits) === inUnits(result, digits);
}

// A number as it is shown, in whole hundredths.
function inUnits(value, digits) {
  return Math.round(Number(plain(value, digits).replace(MINUS, "-")) * 10 ** digits);
}

// Ties round away from 0.
function roundedQuotient(value, unit) {
  return Math.sign(value) * Math.floor(Math.abs(value) / unit + 0.5);
}
