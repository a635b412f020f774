"""Python pickles without Python objects: a stack machine that imports and calls nothing, and what its values mean.

`machine` runs the opcodes; `objects` are its inert values; `torch_values` and `numpy_values` are the few constructors
that are understood, each a class of ours; `module_tree` finds tensors and modules in what came out.
"""
