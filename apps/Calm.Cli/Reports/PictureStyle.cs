namespace Calm.Cli;

/// <summary>How a picture that stands alone looks, on a light or a dark page: it brings its own ground.</summary>
internal static class PictureStyle
{
    /// <summary>The style sheet; colours are those of <see cref="ReportStyle"/>.</summary>
    public const string Sheet = """

        svg {
          --page: #fbfbf9; --ink: #1d2127; --quiet: #5f6772; --rule: #e2e3de; --blue: #1b66b0; --orange: #c4570b;
          font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
        }
        @media (prefers-color-scheme: dark) {
          svg {
            --page: #14171a; --ink: #e4e7ea; --quiet: #99a2ad; --rule: #2d333a; --blue: #6fb0f2; --orange: #f0a05a;
          }
        }
        .page { fill: var(--page); }
        text { fill: var(--ink); }
        .title { font-size: 16px; font-weight: 600; }
        .tick { fill: var(--quiet); }
        .middle { text-anchor: middle; }
        .end { text-anchor: end; }
        .grid { stroke: var(--rule); }
        .axis { stroke: var(--quiet); stroke-opacity: .6; }
        .roof { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-opacity: .7; }
        .dashed { stroke-dasharray: 6 5; }
        .pair { fill: none; stroke: var(--quiet); stroke-opacity: .35; }
        .leader { stroke: var(--quiet); stroke-opacity: .6; stroke-width: .75; }
        .forward { fill: var(--blue); }
        .backward { fill: var(--page); stroke: var(--orange); stroke-width: 2; }

        """;

    /// <summary>What a picture of several lines or groups of points adds.</summary>
    public const string Series = """

        svg { --green: #23805b; --violet: #7b4db0; --rose: #b03a6b; --earth: #7a6a2f; }
        @media (prefers-color-scheme: dark) {
          svg { --green: #62c79c; --violet: #bd9cec; --rose: #ee8fb5; --earth: #cdbb72; }
        }
        .c0 { --series: var(--blue); } .c1 { --series: var(--orange); }
        .c2 { --series: var(--green); } .c3 { --series: var(--violet); }
        .c4 { --series: var(--rose); } .c5 { --series: var(--earth); }
        .line { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; }
        .bar { stroke: var(--series); stroke-width: 1.5; stroke-opacity: .7; }
        .dot { fill: var(--series); }
        .hidden { display: none; }

        """;
}
