"""The first page: memory flowing through the gates of a trained model, at work on a sequence."""

from dataclasses import replace

from lstm_viz.ui.lessons.lesson import link_to_lessons
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.choose_model import choose_model, show_model_caption
from lstm_viz.ui.stage.stage import stage

open_page("Memory flow", heading="Memory flow")
model = choose_model()
stage(replace(bundled_view(model), welcome=True))
show_model_caption(model)
link_to_lessons()
