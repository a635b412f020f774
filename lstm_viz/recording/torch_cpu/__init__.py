"""Recording by PyTorch's own operations on a CPU: `standard_layer` takes `onednn` where torch itself does, else
`step_loop`."""
