// How the HTML report looks, and the little it does. Both are in the page itself, which asks nobody for anything.

export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --dim: #57606a; --line: #d0d7de; --soft: #f3f5f7;
  --bad: #b42318; --warn: #8a5a00; --good: #1a6b34; --blue: #0b5cad; --wait: #f5d98a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6eaee; --dim: #a3adb8; --line: #39424d;
  --soft: #1e242b; --bad: #ff8a80; --warn: #f0c05a; --good: #7fd69a; --blue: #7cb7ff; --wait: #5c4a16; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0; }
a { color: var(--blue); }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; }
.dim { color: var(--dim); }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .75rem 0; padding: 0; }
.counts li { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; padding: .1rem .6rem; }
.counts .bad { color: var(--bad); border-color: currentColor; font-weight: 600; }
.sites { margin: .75rem 0; padding-left: 1.25rem; }
.note { border-left: .25rem solid var(--line); background: var(--soft); margin: .75rem 0; padding: .5rem .75rem; }
.note.bad { border-color: var(--bad); }
.note.warn { border-color: var(--warn); }
summary { cursor: pointer; margin: .75rem 0; }
figure { margin: 0; }
.chart { position: relative; padding: .25rem 0 0; }
svg { display: block; width: 100%; height: 6rem; background: var(--soft); border: 1px solid var(--line); }
svg.low { height: 3.5rem; }
.area { fill: var(--blue); }
.again { fill: var(--bad); }
.wait { fill: var(--wait); }
.scale { display: flex; justify-content: space-between; gap: 1rem; font-size: .85rem; color: var(--dim); }
.key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 .6rem; vertical-align: -.05rem; border: 1px solid var(--line); }
.key:first-child { margin-left: 0; }
.key.area { background: var(--blue); } .key.again { background: var(--bad); } .key.wait { background: var(--wait); }
.filter { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 1.5rem 0 0; padding: .5rem 0;
  background: var(--paper); z-index: 1; }
@media (min-width: 40rem) { .filter { position: sticky; top: 0; } }
.filter[hidden], [data-gone] { display: none !important; }
button, input { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
  border-radius: .4rem; padding: .3rem .7rem; min-height: 2.5rem; }
button[aria-pressed="true"] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
input { flex: 1 1 12rem; min-width: 0; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; font-weight: 600; padding: 1rem 0 .25rem; }
th { text-align: left; font-size: .85rem; color: var(--dim); }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { width: 9.5rem; }
th:nth-child(2), td:nth-child(2) { width: 40%; }
.status { font-weight: 600; white-space: nowrap; }
.failed .status, .conflict .status { color: var(--bad); }
.not-attempted .status, .planned .status { color: var(--warn); }
.ok .status { color: var(--good); }
.hint { margin-top: .25rem; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td, caption { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
  td, td:first-child, td:nth-child(2) { border: 0; padding: 0; width: auto; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --dim: #444; --line: #bbb; --soft: #fff; --bad: #a00; --warn: #640; --good: #050;
    --blue: #036; --wait: #ddd; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .filter { display: none; }
  tr, figure, .note { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  svg, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

export const SCRIPT = `
const bar = document.querySelector(".filter");
const buttons = [...bar.querySelectorAll("button")];
const find = bar.querySelector("input");
const told = bar.querySelector("output");
const rows = [...document.querySelectorAll("tbody tr")];
let status = "";
function show() {
  const words = find.value.toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = (status === "" || row.classList.contains(status)) && row.textContent.toLowerCase().includes(words);
    row.toggleAttribute("data-gone", !fits);
    if (fits) count += 1;
  }
  for (const table of document.querySelectorAll("table"))
    table.toggleAttribute("data-gone", !table.querySelector("tbody tr:not([data-gone])"));
  told.textContent = count + " shown";
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === status));
}
for (const button of buttons) button.addEventListener("click", () => { status = button.value; show(); });
find.addEventListener("input", show);
bar.hidden = false;
show();
`;
