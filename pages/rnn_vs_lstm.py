"""RNN vs LSTM: the same letter goes into both; what is left of it, in the states and in the gradients."""

import streamlit as st

from lstm_viz.lessons.rnn_vs_lstm import answers_observation, gradient_question
from lstm_viz.ui.lessons.lesson import open_lesson, said
from lstm_viz.ui.lessons.rnn_vs_lstm import LONGEST, charts_of_pair, pair, view_of_pair
from lstm_viz.ui.stage.stage import stage

lesson = open_lesson("rnn_vs_lstm")
with lesson.main:
    delay = st.slider("Steps between the letter and the question", 1, LONGEST, 20, key="delay", bind="query-params")
    found = pair(delay)
    view = lesson.view(view_of_pair(found))
    stage(view, charts_of_pair(found))
look = answers_observation(delay, *found.answers)
ask = gradient_question(delay, found.gradients[0][0], found.gradients[1][0])
lesson.tell(view, look=said("look", look.text, look.moment), ask=ask)
