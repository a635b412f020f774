"""Recording: a run of a recurrent module with every number of every gate, by several backends."""
