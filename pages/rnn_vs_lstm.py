"""RNN vs LSTM: the same letter goes into both; what is left of it, in the states and in the gradients."""

import streamlit as st

from lstm_viz.ui.lessons.contents import rnn_vs_lstm
from lstm_viz.ui.lessons.lesson import open_lesson
from lstm_viz.ui.lessons.rnn_vs_lstm import MAX_DELAY
from lstm_viz.ui.stage.frame import frame

lesson = open_lesson("rnn_vs_lstm")
with frame().controls:
    delay = st.slider("Wait, in steps between the letter and “?”", 1, MAX_DELAY, 20, key="delay", bind="query-params")
lesson.show(rnn_vs_lstm(delay))
