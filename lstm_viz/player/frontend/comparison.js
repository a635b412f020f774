// Hands a run that is set beside the one on the stage to the page's player, which may be there already or come later.

export default function mount({ data }) {
  window.lstmVizComparison = data;
  window.dispatchEvent(new CustomEvent("lstm-viz:comparison"));
}
