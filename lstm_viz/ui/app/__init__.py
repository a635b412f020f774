"""The app around its pages: server, navigation, address."""
