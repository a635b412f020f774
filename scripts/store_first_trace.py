"""Store the run that the first picture shows: `python -m scripts.store_first_trace`. Needs the trained model."""

from __future__ import annotations

import json

from lstm_viz.bundled.cards import FIRST_ANSWERS, FIRST_MODEL, FIRST_TRACE, read_card
from lstm_viz.bundled.models import load_bundled
from lstm_viz.recording.trace import trace
from lstm_viz.sequences.examples import load_example

if __name__ == "__main__":
    model = load_bundled(FIRST_MODEL)
    run = trace(model.module, load_example(read_card(FIRST_MODEL).example).values, device="cpu")
    run.save(FIRST_TRACE)
    answers = model.answers(run.layers[0].hidden_state).tolist()
    FIRST_ANSWERS.write_text(json.dumps(answers, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{FIRST_TRACE.name}: {FIRST_TRACE.stat().st_size:,} bytes; {run.agreement}")
