"""RNN vs LSTM: the same letter goes into both; what is left of it, in the states and in the gradients."""

import streamlit as st

from lstm_viz.lessons.rnn_vs_lstm import answers_observation, gradient_question, gradient_words
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.rnn_vs_lstm import MAX_DELAY, pair_charts, pair_view, run_pair
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("rnn_vs_lstm")
with frame().controls:
    delay = st.slider("Wait, in steps between the letter and “?”", 1, MAX_DELAY, 20, key="delay", bind="query-params")
found = run_pair(delay)
at_letter = found.gradients[0][0], found.gradients[1][0]
lesson.show(
    lesson.view(pair_view(found)),
    lambda: pair_charts(found),
    look=answers_observation(delay, *found.answers),
    ask=gradient_question(delay, *at_letter),
    words=gradient_words(*at_letter),
)
