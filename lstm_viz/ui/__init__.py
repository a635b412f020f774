"""The app's user interface in Streamlit: the server, the stage of every page, the lessons, and Explore."""
