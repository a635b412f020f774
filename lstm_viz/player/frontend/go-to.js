// A moment that something outside the player asks for, such as a row of a table: sent on once for each new number.

export default function mount({ data }) {
  if (!data.number || window.lstmVizWentTo === data.number) return;
  window.lstmVizWentTo = data.number;
  window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment: data.moment } }));
}
