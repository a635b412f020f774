"""The first page: memory flowing through the gates of a trained model, at work on a sequence."""

from dataclasses import replace

from lstm_viz.ui.lessons.lesson import to_the_lessons
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.choose_model import choose_model, tell_of_model
from lstm_viz.ui.stage.stage import stage

open_page("Memory flow")
model = choose_model()
stage(replace(bundled_view(model), welcome=True))
tell_of_model(model)
to_the_lessons()
