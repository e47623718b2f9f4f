/** The style of the stand-in's pages: light and dark by the system's setting, readable from 320 pixels on. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2330, #e3e7ee);
  --quiet: light-dark(#5a6475, #9aa6b8);
  --ground: light-dark(#f6f7f9, #14181f);
  --card: light-dark(#ffffff, #1c222c);
  --line: light-dark(#d9dee6, #323b49);
  --link: light-dark(#0b57c2, #84b4ff);
  --inset: light-dark(#f0f2f6, #12161d);
  --new: light-dark(#e4e8ee, #38424f);
  --indeterminate: light-dark(#d5e6ff, #173a6b);
  --done: light-dark(#d3f1df, #14472c);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: .75rem 1rem; border-bottom: 1px solid var(--line); background: var(--card); font-size: .875rem; }
header span, .quiet { color: var(--quiet); }
main { max-width: 52rem; margin: 0 auto; padding: 1rem; }
a { color: var(--link); }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { margin: .25rem 0 1rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.0625rem; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem 1.5rem; margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
dt { color: var(--quiet); font-size: .8125rem; }
dd { margin: 0; overflow-wrap: anywhere; }
dd p { margin: 0; }
.rich, .comment { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: .5rem 1rem; }
.comment { margin: .75rem 0; }
.comment .rich { border: 0; padding: 0; }
.comment > .quiet { margin: .25rem 0; font-size: .875rem; }
.comment > .quiet strong { color: var(--text); }
.wide { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .25rem .625rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: var(--inset); }
th p, td p { margin: 0; }
th p, td:first-child p { overflow-wrap: break-word; }
pre { overflow-x: auto; margin: .5rem 0; padding: .75rem; border-radius: .375rem; background: var(--inset); font: .8125rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.key { font-weight: 600; white-space: nowrap; }
.label, .status { display: inline-block; padding: 0 .5rem; border-radius: 1rem; background: var(--new); color: var(--text); font-size: .8125rem; }
.label { overflow-wrap: anywhere; }
.status.indeterminate { background: var(--indeterminate); }
.status.done { background: var(--done); }
.tickets { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.tickets li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; padding: .625rem 1rem; }
.tickets li + li { border-top: 1px solid var(--line); }
.tickets .summary { overflow-wrap: anywhere; }
`
