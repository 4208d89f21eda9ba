extension DashboardPage {
    /// What the page looks like, light and dark.
    static let style = #"""
        :root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --text: #1b1f24; --faint: #59636e;
          --line: #d8dee4; --good: #116329; --warn: #7d4e00; --bad: #b3261e; --accent: #0550ae; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #0e1116; --card: #171b22; --text: #e6edf3; --faint: #9aa4af; --line: #30363d;
            --good: #56d364; --warn: #e3b341; --bad: #ff8078; --accent: #79b8ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
        header, main { max-width: 78rem; margin: 0 auto; padding: 0 1rem; }
        header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; padding-top: 1rem; }
        h1 { font-size: 1.25rem; margin: 0; }
        h2 { font-size: 1rem; margin: 0 0 .5rem; }
        header p { margin: 0; color: var(--faint); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem;
          margin: 1rem 0; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 1rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem 1rem; margin: 0; }
        dt { color: var(--faint); font-size: .8rem; }
        dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; height: 48px; margin-top: .75rem; }
        svg polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; }
        th { font-weight: 600; color: var(--faint); white-space: nowrap; }
        td { border-top: 1px solid var(--line); overflow-wrap: break-word; }
        td.number, th.number { text-align: right; white-space: nowrap; }
        .number + :not(.number) { padding-left: .75rem; }
        td.short { white-space: nowrap; }
        .none { color: var(--faint); margin: 0; }
        .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
        .good, .warn, .bad { font-weight: 600; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .5rem; }
        input, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint);
          border-radius: 6px; padding: .35rem .7rem; }
        input { flex: 1 1 16rem; min-width: 0; }
        button { cursor: pointer; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        ol { list-style: none; margin: 0; padding: 0; font-size: .88rem; }
        li { border-top: 1px solid var(--line); padding: .25rem 0; overflow-wrap: anywhere; }
        li:first-child { border-top: 0; }
        time { color: var(--faint); font-variant-numeric: tabular-nums; }
        [hidden] { display: none !important; }
        @media (max-width: 40rem) { .wide { display: none; } section { padding: .75rem; } dd { font-size: 1.1rem; } }
        """#
}
