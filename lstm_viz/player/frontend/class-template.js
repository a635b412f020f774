// What a class shows, and how it looks: in the script and not in Streamlit's messages, as most people never see it.

export const TEMPLATE = `
<div class="strip" data-is="strip" popover="manual" role="region" aria-label="Class">
  <div class="line">
    <b class="code" data-is="code"></b>
    <span class="status" data-is="status" role="status"></span>
    <button type="button" class="strong" data-is="back" hidden>Back to class</button>
    <button type="button" class="strong" data-is="ask" title="The class votes on the question of this paragraph" hidden>Ask the class</button>
    <button type="button" data-is="show" title="The code, large, for the projector" hidden>Show code</button>
    <button type="button" data-is="leave"></button>
  </div>
  <p class="said" data-is="said" role="alert" hidden></p>
</div>
<section class="question-box" data-is="question" popover="manual" aria-label="A question for the class"><div class="panel" data-is="panel"></div></section>
<dialog class="large" data-is="screen" aria-modal="true" aria-label="The class's code">
  <div class="invitation">
    <img data-is="qr" alt="The class's link as a QR code" />
    <div>
      <p class="where">Scan, or open <b data-is="where"></b> and type in</p>
      <p class="code" data-is="large-code"></p>
      <p class="count" data-is="count"></p>
      <p class="warning" data-is="warning" hidden>This address works on this machine alone. Open the app by the machine's name or number in the network first.</p>
    </div>
  </div>
  <div class="panel" data-is="large-panel" hidden></div>
  <p class="row"><button type="button" data-is="copy">Copy link</button><button type="button" data-is="hide">Back to the picture</button></p>
</dialog>
<dialog data-is="begin" aria-modal="true" aria-labelledby="begin-title">
  <h2 id="begin-title">Teach a class</h2>
  <p>All who join see on their own screens what you see here: your page, your step, your model. You can ask them questions, too. No names, and nothing is kept afterwards.</p>
  <p class="row"><button type="button" class="strong" data-is="start">Start a class</button><button type="button" data-is="resume" hidden></button></p>
  <p class="quiet">Notes on this lesson, for you alone: <a data-is="notes" target="_blank" rel="noopener">open them in a new tab</a>.</p>
  <form data-is="join"><label>Or join one: <input data-is="typed" maxlength="12" size="7" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="its code" /></label><button>Join</button></form>
  <p class="said" data-is="begin-said" role="alert" hidden></p>
  <p class="row last"><button type="button" data-is="cancel">Cancel</button></p>
</dialog>
<dialog data-is="over" aria-modal="true" aria-labelledby="over-title">
  <h2 id="over-title">End the class?</h2>
  <p data-is="over-text"></p>
  <p class="row"><button type="button" data-is="counts" hidden>Save the counts (CSV)</button><button type="button" class="strong" data-is="end">End the class</button><button type="button" data-is="stay">Go on</button></p>
</dialog>
`;

export const STYLE = `
:host, .strip, dialog { --edge: color-mix(in srgb, var(--st-text-color) 24%, transparent); font: 400 15px/1.4 var(--st-font); color: var(--st-text-color); }
[hidden] { display: none !important; }
button, input { font: inherit; color: inherit; background: var(--st-background-color); border: 1px solid var(--edge); border-radius: 8px; min-height: 34px; padding: 0 11px; }
button { cursor: pointer; white-space: nowrap; }
button:hover:not(:disabled) { border-color: var(--st-primary-color); }
button:disabled { cursor: default; opacity: 0.6; }
:is(button, input):focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.strong { background: var(--st-primary-color); border-color: var(--st-primary-color); color: var(--st-background-color); font-weight: 600; }
.strong:hover { filter: brightness(1.1); }
.code { font-family: ui-monospace, "Source Code Pro", Menlo, Consolas, monospace; font-weight: 700; letter-spacing: 0.08em; }
.row, form, .line { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: 0; }
.line { flex-wrap: nowrap; }
.status { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-variant-numeric: tabular-nums; flex: 0 1 auto; min-width: 0; }
.said { margin: 8px 0 0; padding: 6px 10px; border-radius: 8px; background: var(--st-secondary-background-color); }
*, ::before { box-sizing: border-box; }
/* In the header's free room, left of its menu. */
.strip { position: fixed; inset: 7px 60px auto auto; margin: 0; padding: 5px 6px 5px 14px; border: 1px solid var(--edge); border-radius: 12px; background: var(--st-background-color); box-shadow: 0 2px 10px rgb(0 0 0 / 10%); max-width: min(560px, calc(100vw - 120px)); max-height: calc(100vh - 20px); overflow-y: auto; }
.strip.wanders { border-color: var(--st-primary-color); }
.panel { margin: 8px 8px 6px 0; }
/* Over the text, so that the picture stays in sight. */
.question-box { position: fixed; inset: auto auto 16px 20px; margin: 0; padding: 10px 14px; width: clamp(300px, 26vw, 420px); max-height: calc(100vh - 90px); overflow-y: auto; border: 2px solid var(--st-primary-color); border-radius: 12px; color: var(--st-text-color); background: var(--st-background-color); box-shadow: 0 4px 22px rgb(0 0 0 / 22%); font: 400 15px/1.4 var(--st-font); --edge: color-mix(in srgb, var(--st-text-color) 24%, transparent); }
.question-box .panel { margin: 0; }
.question { font-size: 16.5px; font-weight: 600; margin: 4px 0 10px; }
.round { font-size: 13.5px; margin: 0; color: color-mix(in srgb, var(--st-text-color) 76%, transparent); }
.options { display: grid; gap: 7px; margin: 0 0 10px; padding: 0; list-style: none; }
/* A bar: as long as its share, behind the answer's words, with its count at the end. */
.option { position: relative; display: flex; align-items: center; gap: 10px; width: 100%; min-height: 42px; padding: 6px 12px; text-align: left; white-space: normal; overflow: hidden; border: 1px solid var(--edge); border-radius: 9px; background: var(--st-background-color); }
.option::before { content: ""; position: absolute; inset: 0 auto 0 0; width: var(--share, 0%); background: color-mix(in srgb, var(--st-primary-color) 24%, var(--st-background-color)); transition: width 0.25s; }
.option > * { position: relative; }
.option { flex-wrap: wrap; }
.option .words { flex: 1; }
.option .number { font-variant-numeric: tabular-nums; font-weight: 650; margin-left: auto; text-align: right; }
.option.chosen { border: 2px solid var(--st-primary-color); padding: 5px 11px; }
.option.right { border: 2px solid var(--st-text-color); padding: 5px 11px; font-weight: 650; }
.option:disabled { opacity: 1; }
kbd { font: inherit; font-size: 12px; border: 1px solid var(--edge); border-radius: 4px; padding: 0 5px; }
dialog { padding: 24px 28px; border: 1px solid var(--edge); border-radius: 14px; background: var(--st-background-color); max-width: min(34rem, calc(100vw - 32px)); }
dialog::backdrop { background: rgb(10 14 22 / 55%); }
h2 { font-size: 24px; line-height: 1.25; margin: 0 0 8px; }
dialog p { margin: 0 0 16px; }
dialog form { margin: 18px 0 16px; padding-top: 16px; border-top: 1px solid var(--edge); }
dialog label { display: flex; align-items: center; gap: 8px; }
dialog input { width: 8.5em; text-transform: uppercase; }
dialog input::placeholder { text-transform: none; }
dialog .row { margin: 0; }
.last { justify-content: flex-end; }
/* The projector: read from the last row. */
.large { width: calc(100vw - 32px); height: calc(100vh - 32px); max-width: none; max-height: none; font-size: clamp(17px, 2.2vw, 30px); }
.large[open] { display: flex; flex-direction: column; justify-content: center; gap: 2.5vh; }
.invitation { display: flex; align-items: center; justify-content: center; gap: 5vw; flex-wrap: wrap; }
.invitation img { width: min(56vh, 36vw); height: min(56vh, 36vw); background: #fff; border-radius: 12px; }
.invitation p { margin: 0; }
.invitation .code { font-size: clamp(52px, 10.5vw, 170px); line-height: 1.15; letter-spacing: 0.1em; }
.invitation .where b { overflow-wrap: anywhere; }
.invitation .count { font-size: 1.15em; font-variant-numeric: tabular-nums; }
.warning { max-width: 22em; margin-top: 12px !important; padding: 8px 12px; border: 1px solid currentcolor; border-radius: 8px; font-size: 16px; }
.large .panel { width: min(1100px, 100%); margin: 0 auto; font-size: 0.9em; }
.large .question { font-size: 1.25em; }
.large .round { font-size: 0.85em; }
.large .option { min-height: 1.9em; font-size: 1.1em; }
.large .panel button:not(.option) { font-size: 18px; }
.large > .row { justify-content: center; }
.large > .row button { font-size: 17px; min-height: 42px; }
/* While a question is open the code is small: late comers still find it. */
.large.asks { justify-content: flex-start; }
.large.asks .invitation { gap: 24px; justify-content: flex-start; font-size: 0.8em; }
.large.asks .invitation img { width: 110px; height: 110px; }
.large.asks .invitation .code { font-size: 44px; }
.large.asks :is(.warning, [data-is="copy"]) { display: none; }
/* Where the text stands above the picture, the question does too, as flat as it can be. */
@media (min-width: 641px) and (max-width: 1100px) {
  .question-box { inset: 64px 20px auto; width: auto; }
  .question-box .options { grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); }
}
@media (max-width: 640px) {
  .strip { inset: 6px 54px auto auto; max-width: calc(100vw - 108px); padding-left: 10px; }
  .strip .line { flex-wrap: wrap; gap: 4px 6px; }
  .strip.wanders .status { display: none; }
  .strip button { min-height: 38px; padding: 0 8px; }
  .question-box { inset: auto 0 0 0; width: auto; max-height: 60vh; border-width: 2px 0 0; border-radius: 14px 14px 0 0; }
  .option, dialog button, .panel button { min-height: 44px; }
  .invitation img { width: 70vw; height: 70vw; }
}
@media (max-width: 980px) { .strip [data-is="code"] ~ .status { font-size: 14px; } .strip button { padding: 0 8px; } }
@media (prefers-reduced-motion: reduce) { .option::before { transition: none; } }
`;
