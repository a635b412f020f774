"""Memory over time: strips, lanes, ledger, half-lives, gradients."""
