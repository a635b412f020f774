"""Trained models that come with the project, and fitting one to a person's own data."""
