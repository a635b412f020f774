"""Recording a run of a recurrent module with every gate activation and state, by one of several backends.

`trace` chooses the backend: `numba_cpu` (compiled kernel), `triton_gpu`, or PyTorch (`torch_cpu`, `from_hidden`).
`reference` and `compare` check the result against the module's own forward. `hooks` records inside a model, `long_runs`
to disk.
"""
