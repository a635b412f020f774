"""A page's stage: the player and the charts it moves, the choice of the model, and the controls over the charts."""
