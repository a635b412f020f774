"""What can be asked of a trace."""
