"""Search the bundled models' runs for the places that lessons link to: `python -m scripts.find_places`. Ten seconds.

In each model's example run, within the first 32 steps that lessons look at: where one unit of short-term memory has the
largest share in a learn gate, and where a use gate holds back most of what is offered (`lstm_viz.lessons.places`).
"""

from __future__ import annotations

import json

from lstm_viz.bundled.cards import DATA_FOLDER, bundled_models
from lstm_viz.figures.moment import Moment
from lstm_viz.lessons.places import MEASURES, SMALLEST, Place, most_telling
from lstm_viz.ui.stage.bundled_runs import bundled_view


def found_places(kind: str) -> list[Place]:
    """The most telling place of each model's run, if its measure is large enough, the largest first."""
    places = [
        most_telling(bundled_view(card.key).trace.layers[0], kind, card.key, card.title)
        for card in bundled_models()
        if card.variant == "standard"
    ]
    return sorted((place for place in places if place.measure >= SMALLEST[kind]), key=lambda place: -place.measure)


def _told(moment: Moment) -> dict[str, int]:
    return {name: getattr(moment, name) for name in ("step", "beat", "unit", "sequence")}


def main() -> None:
    places = {
        kind: [place._asdict() | {"moment": _told(place.moment)} for place in found_places(kind)] for kind in MEASURES
    }
    stored = {"made by": "python -m scripts.find_places", "places": places}
    (DATA_FOLDER / "places.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
