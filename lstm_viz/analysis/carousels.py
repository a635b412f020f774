"""How far a change of the memory alone is carried, past every other path: the product of the forget factors."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace


def cell_gradients(layer: LayerTrace) -> Float[np.ndarray, "time batch"]:
    """Size of d LTM_end / d LTM_k along the cell alone, for each step k and each sequence's own end.

    Along the cell LTM_t = f_t LTM_{t-1} + learned_t, so that Jacobian is diagonal, with f_{k+1} ... f_end of each
    unit. The size is the Frobenius norm divided by its value at the end, sqrt(hidden), as `state_gradients` has
    it: 1 at the end. NaN past a sequence's end. Hochreiter & Schmidhuber (1997), section 3, name this path the
    constant error carousel; Gers et al. (2000) put the forget factor into it.

    The end of a layer that reads from the end is step 0.

    Raises ValueError for a plain RNN.

    >>> f = np.array([0.5, 0.5, 1.0])[:, None, None]
    >>> one, start = np.ones((3, 1, 1)), np.ones((1, 1))
    >>> layer = LayerTrace("l0", "standard", one, one, start, np.array([3]), forget_gate=f)
    >>> cell_gradients(layer).ravel().tolist()
    [0.5, 1.0, 1.0]
    """
    if layer.forget_gate is None:
        raise ValueError("A plain RNN has no forget factors, so no path along a cell; an LSTM's run was expected.")
    factors = np.asarray(layer.forget_gate, float)
    past = np.isnan(factors).any(axis=2)
    towards_end = slice(None) if layer.reverse else slice(None, None, -1)
    products = np.cumprod(np.nan_to_num(factors, nan=1.0)[towards_end], axis=0)  # f_k ... f_end
    left = np.concatenate([np.ones_like(products[:1]), products[:-1]])[towards_end]
    sizes = np.sqrt(np.square(left).mean(axis=2))
    return np.where(past, np.nan, sizes)
