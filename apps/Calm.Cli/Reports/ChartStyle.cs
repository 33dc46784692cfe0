using System.Text.RegularExpressions;

namespace Calm.Cli;

/// <summary>The style sheet of charts, for light and dark pages.</summary>
internal static partial class ChartStyle
{
    /// <summary>Colours of a light page.</summary>
    public const string Light =
        "--page: #fbfbf9; --card: #ffffff; --ink: #1d2127; --quiet: #5f6772; --rule: #e2e3de; --accent: #1b5e9e; "
        + "--blue: #1b66b0; --orange: #c4570b; --green: #23805b; --violet: #7b4db0; --rose: #b03a6b; --earth: #7a6a2f;";

    /// <summary>Colours of a dark page.</summary>
    public const string Dark =
        "--page: #14171a; --card: #1b1f23; --ink: #e4e7ea; --quiet: #99a2ad; --rule: #2d333a; --accent: #7fb6ee; "
        + "--blue: #6fb0f2; --orange: #f0a05a; --green: #62c79c; --violet: #bd9cec; --rose: #ee8fb5; --earth: #cdbb72;";

    /// <summary>A font that every system has.</summary>
    public const string Font = "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif";

    /// <summary>Styles of the elements of a chart. The colour of a series is the element's current colour.</summary>
    public static readonly string Elements = WithPlainColours("""
        svg { color: var(--ink); }
        svg text { font-size: 12px; fill: var(--ink); }
        svg .title { font-size: 16px; font-weight: 600; }
        svg .tick { fill: var(--quiet); }
        svg .middle { text-anchor: middle; }
        svg .end { text-anchor: end; }
        svg .name { fill: currentColor; }
        svg .strong { font-weight: 600; }
        .grid { stroke: var(--rule); }
        .axis { stroke: var(--quiet); stroke-opacity: .6; }
        .leader { stroke: var(--quiet); stroke-opacity: .6; stroke-width: .75; }
        .guide { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-opacity: .7; }
        .faint { fill: none; stroke: var(--quiet); stroke-opacity: .35; }
        .c0 { color: var(--blue); }
        .c1 { color: var(--orange); }
        .c2 { color: var(--green); }
        .c3 { color: var(--violet); }
        .c4 { color: var(--rose); }
        .c5 { color: var(--earth); }
        .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
        .line.dashed { stroke-width: 1.5; stroke-dasharray: 5 4; }
        .c2.dashed { stroke-dasharray: 1.5 4; } .c3.dashed { stroke-dasharray: 9 3 2 3; }
        .guide.dashed { stroke-dasharray: 6 5; }
        .band { fill: currentColor; fill-opacity: .16; stroke: currentColor; stroke-opacity: .25; }
        .bar { stroke: currentColor; stroke-width: 1.5; stroke-opacity: .7; }
        .column { fill: currentColor; }
        .dot { fill: currentColor; stroke: transparent; stroke-width: 12; pointer-events: all; }
        .ring { fill: var(--page); stroke: currentColor; stroke-width: 2; }

        """);

    /// <summary>The style sheet of a picture that stands alone.</summary>
    public static readonly string Picture =
        "\nsvg { " + Light + " font: 12px " + Font + "; }\n@media (prefers-color-scheme: dark) { svg { " + Dark + " } }\n"
        + WithPlainColours(".page { fill: var(--page); }\n") + Elements;

    /// <summary>Writes the light colour before each variable, for viewers other than browsers, which know no variables.</summary>
    private static string WithPlainColours(string css) => UseOfVariable().Replace(
        css, use => $"{use.Groups[1].Value} {LightColour(use.Groups[2].Value)}; {use.Value}");

    private static string LightColour(string variable) => Regex.Match(Light, $"{variable}: (#[0-9a-f]+);").Groups[1].Value;

    [GeneratedRegex(@"([a-z]+:) var\((--[a-z]+)\);")]
    private static partial Regex UseOfVariable();
}
