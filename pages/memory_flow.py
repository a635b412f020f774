"""The first page: what this is, and memory flowing through the gates of a trained model, at work on a sequence."""

from lstm_viz.ui.lessons.first_page import show_introduction, telling_moment
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.choose_model import choose_model, show_model_caption
from lstm_viz.ui.stage.frame import StageContent, frame, show_stage

open_page("Memory flow")
model = choose_model()
with frame().controls:
    show_introduction(model)
view = bundled_view(model)
show_stage(StageContent(view.presented(start=telling_moment(view), welcome=True)))
with frame().below:
    show_model_caption(model)
