namespace Calm.Cli;

/// <summary>The style of a report, for light and dark screens, phones and paper.</summary>
internal static class ReportStyle
{
    /// <summary>
    /// The style sheet. It has no characters that XML escapes, as HTML reads text in a style element verbatim.
    /// </summary>
    public static readonly string Sheet =
        "\n:root { color-scheme: light dark; " + ChartStyle.Light + " }\n"
        + "@media screen and (prefers-color-scheme: dark) { :root { " + ChartStyle.Dark + " } }\n"
        + "body { font: 16px/1.6 " + ChartStyle.Font + "; }\n" + ChartStyle.Elements + """
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; max-width: 60rem; padding: 3.5rem 1.5rem 5rem; background: var(--page); color: var(--ink);
          -webkit-text-size-adjust: 100%; overflow-wrap: break-word;
        }
        h1 { margin: 0 0 .4rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; }
        h2 { margin: 3.5rem 0 .6rem; font-size: 1.3rem; line-height: 1.3; letter-spacing: -.01em; }
        p { margin: 0 0 1rem; max-width: 42rem; }
        .note, .subtitle, figcaption, .tiles dt, .tiles small { color: var(--quiet); }
        .note { font-size: .875rem; line-height: 1.5; }

        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 2rem 0; }
        .tiles div, figure, table { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
        .tiles div { padding: 1rem 1.25rem; }
        .tiles dt, .tiles small { font-size: .875rem; }
        .tiles dd { margin: 0; font-size: 1.9rem; line-height: 1.35; letter-spacing: -.02em; }
        .tiles small { display: block; letter-spacing: 0; }
        .tiles, table, .tick, figcaption { font-variant-numeric: tabular-nums; }

        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem; }
        .beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 0 2rem; }
        figure { margin: 0; padding: 1rem 1.25rem; break-inside: avoid; }
        .beside figure { align-self: start; margin-bottom: 1rem; }
        figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: .875rem; }
        figcaption b { color: var(--ink); font-weight: 600; }
        svg { display: block; width: 100%; height: auto; margin-top: .5rem; }

        .scroll { overflow-x: auto; margin: 0 0 1rem; }
        table { width: 100%; border-collapse: separate; border-spacing: 0; font-size: .9375rem; line-height: 1.4; }
        th, td { padding: .55rem 1rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
        tr + tr th, tr + tr td, tbody th, tbody td { border-top: 1px solid var(--rule); }
        th { font-weight: 400; }
        thead th { color: var(--quiet); font-size: .875rem; }
        th:first-child { text-align: left; }
        .scores tbody tr:first-child { font-weight: 600; }
        .scores tbody tr:first-child th { font-weight: 600; }
        .facts th { width: 14rem; color: var(--quiet); white-space: normal; }
        .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        figure table { margin-top: .5rem; border: 0; font-size: .875rem; }
        figure .facts th, figure .facts td { padding: .3rem .6rem .3rem 0; }
        figure .facts th { width: 5.5rem; }
        figure .note { margin: .5rem 0 0; }
        .wide { overflow-x: auto; margin-bottom: 1rem; }
        .wide svg { min-width: 46rem; }
        .devices b { font-size: 1rem; }
        .plain td, .plain th { padding: .3rem .75rem; }
        .plain th:nth-child(-n+3), .plain td:nth-child(-n+3) { text-align: left; }
        summary { cursor: pointer; margin-bottom: .6rem; }
        code, pre { font: .875rem/1.55 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }

        .samples { display: grid; gap: 1rem; }
        pre { margin: .75rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
        .prompt { color: var(--accent); font-weight: 600; }

        @media (max-width: 40rem) {
          body { padding: 2rem 1rem 3rem; }
          h1 { font-size: 1.65rem; }
          h2 { margin-top: 2.5rem; }
          figure { padding: .9rem; }
          th, td { padding: .5rem .6rem; }
          .facts th { width: 35%; }
        }
        @media print {
          :root { --page: #ffffff; }
          body { max-width: none; padding: 0; font-size: 10.5pt; }
          h2 { margin-top: 1.6rem; break-after: avoid; }
          tr, .tiles { break-inside: avoid; }
          .charts, .beside { grid-template-columns: 1fr 1fr; }
        }

        """;
}
