"""The app's server: its start, the scripts that it preloads, and the router, which runs the page that is asked for."""
