"""Where `streamlit run app.py` starts: the server, which compresses what it sends.

The pages and their order stand in `lstm_viz/ui/app/router.py`, the script each session runs. It
lies apart from `pages/`: beside a folder of that name Streamlit would take the folder's files
for pages of its own, and an address opened first would bypass the router.
"""

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from lstm_viz.ui.app.classroom import class_routes
from lstm_viz.ui.app.preload import PreloadScripts
from lstm_viz.ui.app.security_headers import Security
from lstm_viz.ui.app.server import ROUTER, lifespan, show_error
from lstm_viz.ui.app.static_files import StaticFiles
from lstm_viz.ui.app.worksheets import worksheet_routes

app = st.App(
    ROUTER,
    lifespan=lifespan,
    on_script_error=show_error,
    routes=[*class_routes(), *worksheet_routes()],
    middleware=[
        Middleware(Security),
        Middleware(PreloadScripts),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        Middleware(StaticFiles),
    ],
)
