"""How the page looks: light, dark, on a telephone, on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fcfcfd; --card: #fff; --line: #e0e1e6;
  --dim: #60646c; --ours: #5b5bd6; --others: #8b8d98; --good: #18794e; --bad: #c62a2f;
  --c1: #5b5bd6; --c2: #c8642b; --c3: #b4459e; --c4: #1f8a8a; --c5: #2b6fc4; --c6: #8a7a1f;
  --c7: #777; --c8: #444 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --paper: #111113; --card: #18191b;
  --line: #2e3135; --dim: #b0b4ba; --ours: #9b9ef0; --others: #777b84; --good: #3dd68c;
  --bad: #ff9592; --c1: #9b9ef0; --c2: #f0a070; --c3: #e08acb; --c4: #53c7c0; --c5: #7db5f5;
  --c6: #d6c45c; --c7: #aaa; --c8: #ddd } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --card: #fff; --line: #ccc;
  --dim: #333; --ours: #3e3eb0; --others: #777; --good: #0a5c36; --bad: #a01015; --c1: #3e3eb0;
  --c2: #a04a1a; --c3: #8f2f7d; --c4: #136a6a; --c5: #1f559c; --c6: #6a5d10; --c7: #555;
  --c8: #000 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 66rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .1rem }
p, dt { color: var(--dim); margin: .2rem 0 .9rem }
.over { margin-bottom: .3rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem;
  margin-bottom: 1.2rem }
.tile, figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .8rem 1rem; margin: 0; break-inside: avoid }
.tile b { display: block; font-size: 1.9rem; line-height: 1.2; color: var(--ours) }
.tile span { display: block } .tile small { color: var(--dim) }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: .8rem }
figcaption { font-size: .88rem; font-weight: 600; margin-bottom: .4rem }
.aims { font-weight: 400; font-size: .75rem; margin-left: .5rem }
svg { width: 100%; height: auto; display: block; overflow: visible }
svg text { font-size: 12px; fill: var(--ink) } text.others { fill: var(--dim) }
text.ours { font-weight: 600 }
circle.ours { fill: var(--ours) } circle.others { fill: var(--others) }
svg text.value.others { fill: var(--ink) }
.range { stroke-width: 3; stroke-linecap: round } .grid, .stem { stroke: var(--line) }
.range.ours { stroke: var(--ours) } .range.others { stroke: var(--others) }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round } polyline.c0 { stroke-width: 3 }
svg text.c0 { fill: var(--c1); font-weight: 600 } polyline.c0 { stroke: var(--c1) }
svg text.c1 { fill: var(--c2) } polyline.c1 { stroke: var(--c2) }
svg text.c2 { fill: var(--c3) } polyline.c2 { stroke: var(--c3) }
svg text.c3 { fill: var(--c4) } polyline.c3 { stroke: var(--c4) }
svg text.c4 { fill: var(--c5) } polyline.c4 { stroke: var(--c5) }
svg text.c5 { fill: var(--c6) } polyline.c5 { stroke: var(--c6) }
svg text.c6 { fill: var(--c7) } polyline.c6 { stroke: var(--c7) }
svg text.c7 { fill: var(--c8) } polyline.c7 { stroke: var(--c8); stroke-dasharray: 5 3 }
svg text.c8 { fill: var(--c7) } polyline.c8 { stroke: var(--c7) }
.met { color: var(--good); white-space: nowrap } .missed { color: var(--bad); white-space: nowrap }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .8rem; margin-top: .6rem }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .4rem; text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left } th { color: var(--dim); font-weight: 500 }
td.own { font-weight: 600 } tr { break-inside: avoid }
.group td { font-weight: 600; padding-top: .9rem }
dl { font-size: .85rem } dt { margin: .5rem 0 0 } dd { margin: 0 }
@page { size: A4; margin: 12mm }
@page wide { size: A4 landscape; margin: 10mm }
@media print { body { margin: 0; max-width: none; font-size: 10pt }
  h2, h2 + p { break-after: avoid }
  .plots { grid-template-columns: repeat(2, 1fr) }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: .4rem } .tile { padding: .5rem }
  .tile b { font-size: 1.3rem } .wide { overflow: visible }
  .numbers { page: wide } .numbers h2 { margin-top: 0 } table { font-size: 5.8pt }
  td, th { padding: .12rem .15rem } }
"""
