"""RNN vs LSTM: the same letter goes into both; what is left of it, in the states and in the gradients."""

import streamlit as st

from lstm_viz.lessons.rnn_vs_lstm import answers_observation, gradient_question
from lstm_viz.ui.lessons.lesson import make_item, open_lesson
from lstm_viz.ui.lessons.rnn_vs_lstm import MAX_DELAY, pair_charts, pair_view, run_pair
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("rnn_vs_lstm")
with frame().controls:
    delay = st.slider("Steps between the letter and the question", 1, MAX_DELAY, 20, key="delay", bind="query-params")
found = run_pair(delay)
look = answers_observation(delay, *found.answers)
lesson.show(
    lesson.view(pair_view(found)),
    pair_charts(found),
    look=make_item("look", look.text, look.moment),
    ask=gradient_question(delay, found.gradients[0][0], found.gradients[1][0]),
)
