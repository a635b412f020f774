"""The only Streamlit code beside the pages and the player."""
