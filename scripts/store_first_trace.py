"""Store the run that the first picture shows: `python scripts/store_first_trace.py`. Needs the trained model."""

from __future__ import annotations

import json

from lstm_viz.bundled.cards import ANSWERS, FIRST, TRACE, read_card
from lstm_viz.bundled.store import load_bundled
from lstm_viz.recording.trace import trace
from lstm_viz.sequences.examples import load_example

if __name__ == "__main__":
    model = load_bundled(FIRST)
    run = trace(model.module, load_example(read_card(FIRST).example).values, device="cpu")
    run.save(TRACE)
    answers = model.answers(run.layers[0].hidden_state).tolist()
    ANSWERS.write_text(json.dumps(answers, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{TRACE.name}: {TRACE.stat().st_size:,} bytes; {run.agreement}")
