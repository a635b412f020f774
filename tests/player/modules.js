// What the tests in V8 call of the player's modules. They say no word to a page until they are asked to.

import { readAddress, writeAddress } from "../../lstm_viz/player/frontend/address-bar.js";
import { dependencies, evaluate } from "../../lstm_viz/player/frontend/bindings.js";
import { caption, equations } from "../../lstm_viz/player/frontend/caption.js";
import { Chart } from "../../lstm_viz/player/frontend/chart.js";
import { powers, saidOfFactor } from "../../lstm_viz/player/frontend/chart-slider.js";
import { Pupil } from "../../lstm_viz/player/frontend/class-pupil.js";
import { followers, momentOf, placeOf, readState, writeState } from "../../lstm_viz/player/frontend/class-state.js";
import { Teacher } from "../../lstm_viz/player/frontend/class-teacher.js";
import { checks, checksTwoProducts, plain, signed, summand } from "../../lstm_viz/player/frontend/formats.js";
import { largest, readTable, runTable, writeTable } from "../../lstm_viz/player/frontend/gate-table.js";
import { belongsElsewhere, listenForKeys } from "../../lstm_viz/player/frontend/keyboard.js";
import { escapeMarkup } from "../../lstm_viz/player/frontend/labels.js";
import { clampMoment, momentInLayer } from "../../lstm_viz/player/frontend/moment.js";
import {
  blend,
  contrast,
  inkOn,
  paletteSwap,
  plotlyColorscale,
  swapColours,
  themeOfBackground,
} from "../../lstm_viz/player/frontend/palette.js";
import { Player } from "../../lstm_viz/player/frontend/player.js";
import { movesIn } from "../../lstm_viz/player/frontend/travel.js";
import { Viewport } from "../../lstm_viz/player/frontend/viewport.js";

Object.assign(globalThis, { readAddress, writeAddress, evaluate, caption, equations, Chart, Player, Viewport });
Object.assign(globalThis, { followers, momentOf, placeOf, Pupil, readState, Teacher, writeState });
Object.assign(globalThis, { checks, checksTwoProducts, plain, signed, summand, belongsElsewhere, listenForKeys });
Object.assign(globalThis, { powers, saidOfFactor });
Object.assign(globalThis, {
  escapeMarkup,
  clampMoment,
  momentInLayer,
  blend,
  contrast,
  inkOn,
  plotlyColorscale,
  paletteSwap,
  swapColours,
});
Object.assign(globalThis, { largest, readTable, runTable, writeTable });
globalThis.dependencies = (binding) => [...dependencies(binding)];
globalThis.themeOfBackground = themeOfBackground;

// Of each trace's bindings, whether it moves while a beat acts.
globalThis.movingBindings = (traces, beat) => traces.map((bindings) => bindings.map((each) => movesIn(each, beat)));
