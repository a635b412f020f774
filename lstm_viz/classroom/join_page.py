"""The small page on which a code is typed in."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Join a class · lstm-viz</title>
<style>
:root {{ color-scheme: light dark; --ink: #1a2233; --ground: #fff; --edge: #aab3c5; --strong: #5633fa; --on: #fff; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #edf1f8; --ground: #0e1117; --edge: #4b566b; --strong: #867afa;
 --on: #0e1117; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; color: var(--ink);
 background: var(--ground); font: 18px/1.45 "Source Sans", "Source Sans 3", system-ui, sans-serif; }}
main {{ width: min(24rem, 100%); }}
h1 {{ font-size: 30px; line-height: 1.2; margin: 0 0 4px; }}
label {{ display: block; margin: 0 0 18px; }}
input {{ display: block; width: 100%; margin-top: 14px; padding: 12px 8px 12px 20px; border: 2px solid var(--edge);
 border-radius: 12px; color: inherit; background: none; font: 700 34px/1.2 ui-monospace, monospace;
 letter-spacing: 0.28em; text-align: center; text-transform: uppercase; }}
button {{ width: 100%; min-height: 54px; border: 0; border-radius: 12px; color: var(--on); background: var(--strong);
 font: inherit; font-weight: 650; cursor: pointer; }}
:is(input, button, a):focus-visible {{ outline: 3px solid var(--strong); outline-offset: 3px; }}
p {{ margin: 0 0 18px; padding: 10px 14px; border-left: 4px solid var(--strong); }}
a {{ display: inline-block; margin-top: 20px; color: inherit; }}
</style>
<main>
<h1>Join a class</h1>
<form action="{base}/class/join" method="get">
{sentence}<label>Type in the code that your teacher shows.
<input name="code" value="{typed}" maxlength="12" autocomplete="off" autocapitalize="characters" spellcheck="false"
 autofocus required></label>
<button>Join</button>
</form>
<a href="{base}/">Look around without a class</a>
</main>
</html>
"""


def join_page(base: str, sentence: str = "", typed: str = "") -> str:
    """The page's HTML, with a sentence where something stood against it."""
    said = f'<p role="alert">{escape(sentence)}</p>\n' if sentence else ""
    return _PAGE.format(base=escape(base), sentence=said, typed=escape(typed[:12]))
