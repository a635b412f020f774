// What gates and beats are called.

// Values from 0 to 1, and what their strong colours mean; all other arrays are signed.
export const HELD_BACK = {
  input_gate: "strong: ignores",
  forget_gate: "strong: forgets",
  output_gate: "strong: holds back",
};
export const SIGMOID_GATES = new Set(Object.keys(HELD_BACK));

// What can be inspected down to its weights, in the order of a moment's `gate`.
export const INSPECTABLE_GATES = ["forget_gate", "input_gate", "candidate", "output_gate", "readout"];

export const GATE_NAMES = {
  forget_gate: "forget factor",
  input_gate: "ignore factor",
  candidate: "combined value",
  output_gate: "use factor",
  readout: "offered value",
};

export const BEAT_NAMES = {
  arrive: "Arrive",
  forget: "Forget",
  learn: "Learn",
  remember: "Remember",
  use: "Use",
  "move on": "Move on",
};
