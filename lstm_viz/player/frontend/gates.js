// What gates and beats are called.

// Values from 0 to 1; all other arrays are signed.
export const SIGMOID_GATES = new Set(["input_gate", "forget_gate", "output_gate"]);

// What can be inspected down to its weights, in the order of a moment's `gate`.
export const INSPECTABLE_GATES = ["forget_gate", "input_gate", "candidate", "output_gate", "readout"];

export const GATE_NAMES = {
  forget_gate: "forget factor",
  input_gate: "ignore factor",
  candidate: "combined value",
  output_gate: "use factor",
  readout: "offer",
};

export const BEAT_NAMES = {
  arrive: "Arrive",
  forget: "Forget",
  learn: "Learn",
  remember: "Remember",
  use: "Use",
  "move on": "Move on",
};
