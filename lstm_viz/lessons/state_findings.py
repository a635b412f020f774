"""What is meant by a state that a person hands over, and how to put it right."""

from __future__ import annotations

from lstm_viz.lessons.shape_answers import Given, expected_states
from lstm_viz.lessons.shape_findings import Finding, count
from lstm_viz.lessons.shapes import Shape, Spec

_BOTH = "h_0, c_0 = (part.{} for part in (h_0, c_0))"


def state_finding(spec: Spec, given: Given) -> Finding:
    """What is wrong with the state, where x is right. Its code sets `h_0` and `c_0`.

    >>> state_finding(Spec(), Given((7, 4, 3), (4, 1, 8))).code
    'h_0, c_0 = (part.transpose(0, 1).contiguous() for part in (h_0, c_0))'
    """
    if not given.pair:
        return _alone(spec, given)
    short, wanted = given.both[0], expected_states(spec, given.x)[0]
    if len(short) != len(wanted):
        return _dimensions(spec, given, short, wanted)
    if len(short) == 3 and short[2] == wanted[2]:
        return _counts(spec, short, wanted) or _new(spec, given)
    return _new(spec, given)


def fitting(spec: Spec, x: Finding) -> Finding:
    """What is to be said where x and the state are of the right shape; `x` is what was found of x."""
    if spec.states != spec.batch or spec.batch == 1:
        return x
    doubt = (
        f"Sequences and layers × directions are both {spec.batch}: that they stand in that order, no shape can tell."
    )
    return x._replace(does=f"{x.does} {doubt}")


def _alone(spec: Spec, given: Given) -> Finding:
    short, (wanted, long) = given.both[0], expected_states(spec, given.x)
    does = "An LSTM starts from two memories. Of a lone tensor the first slice is taken for h_0, the second for c_0."
    remedy = "Hand over the pair, `lstm(x, (h_0, c_0))`"
    if short == (2, *wanted) and wanted == long:
        return Finding(does, f"{remedy}: these are the two, stacked.", "h_0, c_0 = h_0")
    if short == wanted:
        return Finding(does, f"{remedy}, with zeros where there is no long-term memory yet.", _zeros("c_0", long))
    return Finding(does, f"{remedy}.", _new(spec, given).code)


def _dimensions(spec: Spec, given: Given, short: Shape, wanted: Shape) -> Finding:
    batch = wanted[1]
    if len(wanted) == 2:
        does = "x has no axis for a batch, so the state must have none either."
        if short == (wanted[0], 1, wanted[1]):
            return Finding(does, "Take the axis out of the state, or put it into x.", _BOTH.format("squeeze(1)"))
        return Finding(does, "Start from a state of the right shape.", _new(spec, given).code)
    does = "x has a batch, so the state must have the axis too: each sequence has memories of its own."
    if short == (batch, wanted[2]) and spec.states == 1:
        return Finding(does, "Put the axis of the layers in, of which there is 1.", _BOTH.format("unsqueeze(0)"))
    if short == (wanted[0], wanted[2]):
        spread = f"unsqueeze(1).repeat(1, {batch}, 1)"
        return Finding(does, "Put the axis in, and let every sequence start alike.", _BOTH.format(spread))
    return Finding(does, "Start from a state of the right shape.", _new(spec, given).code)


def _counts(spec: Spec, short: Shape, wanted: Shape) -> Finding | None:
    """Layers or sequences miscounted, or taken for each other."""
    states, batch, _ = wanted
    if short[:2] == (batch, states):
        does = "Layers and sequences are exchanged. `batch_first` turns x and output round, and never the state."
        return Finding(does, "Turn the state round.", _BOTH.format("transpose(0, 1).contiguous()"))
    if short[1] == batch and short[0] == 1:
        kept = f"{count(spec.layers, 'layer')} in {count(spec.directions, 'direction')}"
        does = f"Each layer has memories of its own in each direction: {kept} need {states}, and 1 came."
        return Finding(does, "Let all of them start alike.", _BOTH.format(f"repeat({states}, 1, 1)"))
    if short[0] == states and short[1] == 1:
        does = f"One state came for {count(batch, 'sequence')}, and it isn't spread over them by itself."
        return Finding(does, "Let every sequence start alike.", _BOTH.format(f"repeat(1, {batch}, 1)"))
    if short[0] == states and short[1] > batch:
        does = f"The state is of {count(short[1], 'sequence')} and x of {batch:,}: of a larger batch, as a rule."
        remedy = "Keep the rows that go on; or have the loader drop the last, smaller batch."
        return Finding(does, remedy, f"h_0, c_0 = h_0[:, :{batch}].contiguous(), c_0[:, :{batch}].contiguous()")
    return None


def _new(spec: Spec, given: Given) -> Finding:
    short, long = expected_states(spec, given.x)
    axes = "(layers × directions, sequences, units)" if len(short) == 3 else "(layers × directions, units)"
    came = "" if given.h is None else f"; {given.h} came"
    code = f"{_zeros('h_0', short)}\n{_zeros('c_0', long)}"
    return Finding(f"h_0 is {axes}, {short} here{came}.", "Start from a state of the right shape.", code)


def _zeros(name: str, shape: Shape) -> str:
    return f"{name} = torch.zeros{shape}"
