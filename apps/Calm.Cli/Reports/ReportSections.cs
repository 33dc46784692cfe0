using System.Xml.Linq;
using static Calm.Cli.HtmlPage;

namespace Calm.Cli;

/// <summary>The sections of a report, with explanations for readers new to CALM.</summary>
internal static class ReportSections
{
    private const string BrierTitle = "BrierLM on held-out text";

    private static readonly string[] ScoreHead =
        ["", "Brier-1", "Brier-2", "Brier-3", "Brier-4", "BrierLM", "Interval"];

    /// <summary>The sections for which there is data, in their order.</summary>
    public static IEnumerable<XElement> All(DemoReport report)
    {
        yield return Introduction();
        XElement?[] sections = [Scores(report), Samples(report), Curves(report), Autoencoder(report), Facts(report)];
        foreach (XElement section in sections.OfType<XElement>())
        {
            yield return section;
        }
    }

    private static XElement Introduction() => Section(
        "What this is",
        Paragraph("""
            A CALM, a continuous autoregressive language model, writes several tokens at a time. An autoencoder packs a few
            tokens, a chunk, into one vector and unpacks them again. A transformer reads the vectors so far, and its energy
            head draws the next one. The model never states the probability of a text: it can only be asked for draws.
            Training compares draws with the vector that came, and so does the score below.
            """));

    private static XElement? Scores(DemoReport report) => report.Brier.Count == 0 ? null : Section(
        "How well it predicts",
        Markup.Element(
            "div.beside",
            Markup.Element(
                "div",
                Paragraph("""
                    Brier-n looks at the next n tokens of text that was not trained on. It is the expectation of
                    2 P(y) − Σ P(x)², where y is what came and the sum goes over everything that could have come. Two draws
                    estimate it without any P: count those that are right, and take one off if they agree with each other.
                    A model gains by being right and loses by being sure of anything else.
                    """),
                Paragraph("""
                    BrierLM is the geometric mean of Brier-1 to Brier-4. Values are shown times 100: 100 is perfect, every
                    token foreseen, which text with any choice in it does not allow. Tokens of another kind make another
                    scale, so compare only what was scored on the same tokens of the same text.
                    """)),
            Comparison(report.Brier)),
        Scroll(Table("scores", ScoreHead, report.Brier.Select(Cells))),
        Markup.Element("p.note", """
            Baselines made of counts stand beside the model because a score says little alone: unigram counts know how common
            each token is, bigram counts know the token before as well. A model that lies above them has found more in the
            text than such counts hold. Intervals are 95 % intervals from drawing the held-out documents again, or pieces of
            them if they are few.
            """, Scored(report.Brier[0].Score)));

    private static XElement? Samples(DemoReport report) => report.Samples.Count == 0 ? Untrained(report) : Section(
        "What it writes",
        Paragraph("""
            The prompt is coloured; the rest is the model's. A small model trained for minutes writes the cadence of its
            corpus, with misspellings and loops. The temperature is 1/n by agreement: there are no
            probabilities to sharpen, so from a pool of candidates a chunk is chosen on which n draws agree. Temperature 1
            takes any draw as it comes; the larger n is, the more usual the text.
            """),
        Markup.Element("div.samples", report.Samples.Select(Sample)),
        Markup.Element(
            "p.note", "Control characters are shown as pictures of their names; � stands for bytes that are no text."));

    private static XElement? Untrained(DemoReport report) => report.Untrained is not { } reason ? null : Section(
        "What it writes", Paragraph($"Nothing yet: {reason}. What it wrote would be noise."));

    private static XElement? Curves(DemoReport report)
    {
        LearningCurves curves = report.Curves;
        string name = report.Brier.Count > 0 ? report.Brier[0].Name : "CALM";
        IReadOnlyList<CurvePoint> score = Hundredfold(curves.CalmBrierLm);
        XElement?[] figures =
        [
            Figure(
                "Autoencoder: loss on training text", "K × cross-entropy + KL, nats", true, "autoencoder, each logged batch",
                curves.AutoencoderLoss),
            Figure(
                "Autoencoder: tokens that come back", "% of held-out tokens", false, "autoencoder, held-out text",
                Hundredfold(curves.AutoencoderAccuracy)),
            Figure(
                "CALM: loss on training text", Shorter(curves.CalmLossName), true, "CALM, each logged batch", curves.CalmLoss),
            Figure(
                "CALM: " + BrierTitle, "BrierLM, times 100", false, name, score,
                [.. report.Brier.Skip(1).Select(row => Level(row, score))]),
        ];
        XElement[] drawn = [.. figures.OfType<XElement>()];
        return drawn.Length == 0 ? null : Section(
            "How it learnt",
            Paragraph("""
                Losses are better when lower, accuracy and BrierLM when higher. Steps of the losses lie in equal ratios, to
                show more of the beginning, where most happens. A band is an interval of the value; dashed and dotted lines
                are the baselines. A measurement during training may look at less of the held-out text than the one at its
                end, and so differ from it.
                """),
            Markup.Element("div.charts", drawn));
    }

    private static XElement? Autoencoder(DemoReport report) => report.Autoencoder is not { } autoencoder ? null : Section(
        "How well chunks come back",
        Paragraph("""
            The language model can be no better than the vectors it learns. The encoder gives each chunk a mean and a spread;
            the decoder must find the tokens again from the mean, from a draw, and from a mean that noise has moved, as the
            language model's own draws will not hit it exactly. Active dimensions are those of the vector that carry
            information.
            """),
        Table("facts", [],
        [
            ["Tokens right from the mean", Readable.Percent(autoencoder.Mean)],
            ["from a draw", Readable.Percent(autoencoder.Sampled)],
            [$"with noise of σ = {Readable.Short(autoencoder.Sigma)}", Readable.Percent(autoencoder.Perturbed)],
            ["Active dimensions", Readable.Count(autoencoder.ActiveDimensions)],
            ["Held-out tokens looked at", Readable.Count(autoencoder.Tokens)],
        ]));

    private static XElement? Facts(DemoReport report) => report.Facts.Count == 0 ? null : Section(
        "How it was made",
        Table("facts", [], report.Facts.Select(fact =>
            new object[] { fact.Label, fact.Literal ? Markup.Element("code", fact.Value) : fact.Value })));

    private static XElement Sample(ReportSample sample)
    {
        string seed = sample.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string candidates = sample.Candidates == 1 ? "one draw" : Readable.Count(sample.Candidates) + " candidates";
        string pace = Readable.Duration(sample.SecondsPerChunk);

        // An empty text first tells the writer that space counts here.
        return Markup.Element(
            "figure",
            Markup.Element(
                "figcaption", Markup.Element("b", "Temperature " + sample.Temperature),
                Markup.Element(
                    "span",
                    $"{candidates} · seed {seed} · {pace} a chunk")),
            Markup.Element("pre", new XText(""), Markup.Element("span.prompt", sample.Prompt), sample.Text));
    }

    /// <summary>A plot of the scores with their intervals.</summary>
    private static XElement Comparison(IReadOnlyList<BrierRow> rows)
    {
        Estimate[] scores = [.. rows.Select(row => new Estimate(row.Score.BrierLm, row.Score.Low, row.Score.High).Times(100))];
        string[] texts = [.. scores.Select(score => Conclusion.Describe(score))];
        return new Plot(
            BrierTitle, "", "",
            [.. scores.Select((score, i) => new PlotSeries(texts[i], [new PlotPoint(i, score, texts[i])], Joined: false))])
        {
            Width = 440,
            Height = 230,
            Categories = [.. rows.Select(row => row.Name)],
            Cover = [(0, 0)],
            Names = [.. scores.Select((score, i) => new PlotName(i, score.Value, texts[i], $"name {Markup.Colour(i)}"))],
        }.Figure(null);
    }

    private static object[] Cells(BrierRow row) =>
    [
        row.Name,
        .. row.Score.Brier.Select(Readable.Score),
        Readable.Score(row.Score.BrierLm),
        Readable.ScoreInterval(row.Score.Low, row.Score.High),
    ];

    private static string Scored(BrierTotals.Result score) =>
        $" The first row was scored on {Readable.Count(score.Rows)} windows of {Readable.Count(score.Documents, "document")}"
        + (score.Units > score.Documents ? $", of which {Readable.Count(score.Units)} pieces were drawn again." : ".");

    private static IReadOnlyList<CurvePoint> Hundredfold(IReadOnlyList<CurvePoint> points) =>
        [.. points.Select(point => point.Times(100))];

    private static XElement? Figure(
        string title, string up, bool logarithmicSteps, string name, IReadOnlyList<CurvePoint> points,
        params PlotSeries[] baselines) =>
        points.Count == 0 ? null : LearningCurve.Figure(
            title, up, logarithmicSteps, [LearningCurve.Series(name, points), .. baselines]);

    /// <summary>The terms of a loss without their explanations.</summary>
    private static string Shorter(string terms) => terms.Split(" of ")[0];

    /// <summary>A baseline as a horizontal line over the steps of a curve.</summary>
    private static PlotSeries Level(BrierRow row, IReadOnlyList<CurvePoint> curve)
    {
        IEnumerable<double> ends = curve.Count == 0 ? [] : [curve[0].Step, curve[^1].Step];
        return LearningCurve.Series(
            row.Name, [.. ends.Select(step => new CurvePoint(step, Estimate.Exact(100 * row.Score.BrierLm)))], isBaseline: true);
    }
}
