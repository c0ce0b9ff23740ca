// How a run's index.html looks and reacts. Internal to models/training.
#pragma once

namespace imago {

/// Colours by name, so that a dark screen only needs other values for them.
inline constexpr const char* kPageStyle = R"css(
:root { color-scheme: light dark; --page: #f5f5f3; --card: #fff; --text: #1d1d1b; --dim: #6a6a66;
  --rule: #e3e3df; --accent: #2563c9; --alarm: #c0392b; --alarm-page: #fdf0ee;
  --c0: #2563c9; --c1: #d9730d; --c2: #2b8a4b; --c3: #a83fa0; --c4: #0f8b8d; --c5: #c0392b;
  --c6: #8a6d1f; --c7: #5b5fc7; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161617; --card: #202022; --text: #e9e9e6; --dim: #9c9c97; --rule: #35353a;
    --accent: #74a9ff; --alarm: #ff8373; --alarm-page: #33211f;
    --c0: #74a9ff; --c1: #f5a04e; --c2: #62c984; --c3: #dd86d5; --c4: #4fc9cb; --c5: #ff8373;
    --c6: #d3b458; --c7: #a3a6ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 26px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0; }
.status, .note { color: var(--dim); }
.note { font-size: 13px; min-height: 1.5em; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
  padding: 14px 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px;
  margin-top: 18px; }
.tiles span { display: block; font-size: 13px; color: var(--dim); }
.tiles b { font-size: 21px; font-weight: 600; white-space: nowrap; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
  gap: 14px; }
.alarm-card { background: var(--alarm-page); border-color: var(--alarm); margin-bottom: 10px; }
.alarm-card b { color: var(--alarm); }
.chart { display: flex; flex-direction: column; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; margin: 6px 0 10px;
  font-variant-numeric: tabular-nums; }
.key i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; vertical-align: 4px;
  margin-right: 5px; background: currentColor; }
.key b { font-weight: 600; color: var(--text); }
.plot { position: relative; flex: none; height: 210px; margin: auto 8px 22px 46px;
  touch-action: pan-y; }
.plot svg { position: absolute; width: 100%; height: 100%; overflow: hidden; }
.plot path { fill: none; stroke: currentColor; vector-effect: non-scaling-stroke;
  stroke-linejoin: round; stroke-linecap: round; }
.plot .rule { stroke: var(--rule); stroke-width: 1; }
.plot .alarm { stroke: var(--alarm); stroke-width: 1; stroke-dasharray: 4 4; }
.plot .raw { stroke-width: 1; opacity: .28; }
.plot .line { stroke-width: 2; }
.plot .few { stroke-width: 7; }
.plot span { position: absolute; font-size: 12px; color: var(--dim); white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.plot .y { right: 100%; margin-right: 8px; transform: translateY(50%); }
.plot .x { top: 100%; margin-top: 4px; transform: translateX(-50%); }
.plot .best { width: 15px; height: 15px; border: 2px solid var(--text); border-radius: 50%;
  transform: translate(-50%, 50%); }
.plot .cursor { display: none; top: 0; bottom: 0; width: 1px; background: var(--dim); }
.plot .cursor::after { content: attr(data-step); position: absolute; top: 100%; margin-top: 4px;
  padding: 0 5px; transform: translateX(-50%); background: var(--card); color: var(--text); }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); }
.c3 { color: var(--c3); } .c4 { color: var(--c4); } .c5 { color: var(--c5); }
.c6 { color: var(--c6); } .c7 { color: var(--c7); }
.slider { padding: 2px 0 12px; }
.scroll { max-height: 74vh; overflow: auto; }
.slider input { width: 100%; margin: 6px 0 0; accent-color: var(--accent); }
.slider output { font-variant-numeric: tabular-nums; }
.sheets figure { display: none; margin: 0; }
.sheets figure.shown { display: block; }
.sheets figcaption { display: none; }
.sheets img { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #fff;
  border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
td { padding: 4px 14px 4px 0; border-top: 1px solid var(--rule); vertical-align: top;
  overflow-wrap: anywhere; }
tr:first-child td { border-top: 0; }
td:first-child { color: var(--dim); white-space: nowrap; width: 1%; }
footer { margin-top: 36px; font-size: 13px; color: var(--dim); }
@media (max-width: 560px) {
  main { padding: 18px 12px 40px; }
  .card { padding: 12px; }
  .plot { height: 180px; margin-left: 42px; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tiles b { font-size: 18px; }
  td:first-child { white-space: normal; width: 38%; } }
)css";

/// The slider over the sheets, and the values of the curves under the pointer.
inline constexpr const char* kPageScript = R"js(
for (const sheets of document.querySelectorAll('.sheets')) {
  const figures = sheets.querySelectorAll('figure'), slider = sheets.querySelector('input');
  const show = () => {
    figures.forEach((figure, i) => figure.classList.toggle('shown', i == slider.value));
    sheets.querySelector('output').innerHTML =
      figures[slider.value].querySelector('figcaption').innerHTML;
  };
  slider.addEventListener('input', show);
  show();
}
for (const plot of document.querySelectorAll('.plot')) {
  const data = JSON.parse(plot.dataset.chart), cursor = plot.querySelector('.cursor');
  const values = plot.parentElement.querySelectorAll('.key b');
  const last = [...values].map(value => value.textContent);
  const leave = () => {
    cursor.style.display = 'none';
    values.forEach((value, i) => { value.textContent = last[i]; });
  };
  plot.addEventListener('pointerleave', leave);
  plot.addEventListener('pointermove', event => {
    const box = plot.getBoundingClientRect(), at = (event.clientX - box.left) / box.width;
    let near = 0;
    data.at.forEach((place, i) => {
      if (Math.abs(place - at) < Math.abs(data.at[near] - at)) near = i;
    });
    cursor.style.display = 'block';
    cursor.style.left = 100 * data.at[near] + '%';
    cursor.dataset.step = data.x[near];
    values.forEach((value, i) => { value.textContent = data.v[i][near] ?? '–'; });
  });
}
)js";

}  // namespace imago
