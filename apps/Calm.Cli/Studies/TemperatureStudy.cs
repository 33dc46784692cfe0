namespace Calm.Cli;

/// <summary>
/// Effects of sampling at a temperature: the batch algorithm against the exact one, and accuracy against diversity.
/// </summary>
internal sealed class TemperatureStudy : IStudy
{
    private static readonly int[] Agreements = [1, 2, 3, 4, 6];
    private static readonly int[] PoolSizes = [20, 200];

    private static readonly StudyArm Model = new("calm", "CALM", Stage.Calm, [], StudySettings.Autoencoder.Name);

    public string Name => "temperature";

    public string Title => "Sampling at a temperature";

    public string Question =>
        "Temperature T = 1/n is reached by draws alone. The exact algorithm has the law p^n / Z; the batch algorithm, "
        + "which looks for n draws of N that agree, has a law of its own. First: how far apart are the two on this "
        + "model's own conditionals, in total variation? Second: what does a lower temperature gain in tokens guessed "
        + "right, and lose in diversity?";

    public StudyDesign Design { get; } = new()
    {
        Settings = StudySettings.LanguageModels,
        Autoencoders = [StudySettings.Autoencoder],
        Arms = [Model],
        Equal = EqualBudget.Time,
    };

    public IEnumerable<(string Variant, IReadOnlyDictionary<string, double> Values)> Measure(StudyProbe probe)
    {
        if (probe.Stage is not CalmStage stage)
        {
            yield break;
        }

        CandidatePools pools = CandidatePools.Draw(
            stage.Model, probe.Corpus, probe.Config, probe.Device, 2 * PoolSizes[^1]);
        foreach (int agreement in Agreements)
        {
            yield return ($"T = 1/{agreement}", ChoiceMeasure.Of(pools, agreement, probe.Config.CalmTraining.Seed));
        }

        foreach (int agreement in Agreements.Skip(1))
        {
            foreach (int pool in PoolSizes)
            {
                yield return (
                    $"T = 1/{agreement}, N = {pool}", LawMeasure.Of(pools, agreement, pool, probe.Config.CalmTraining.Seed));
            }
        }
    }

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<Measurement> all = record.Variants(Model, record.CompleteRounds - 1);
        Measurement[] choices = [.. all.Where(one => one.Values.ContainsKey("tokenHits"))];
        Measurement[] laws = [.. all.Where(one => one.Values.ContainsKey("distance"))];
        return new StudyFindings(
            [Tradeoff(choices), Distances(laws)], [Choices(choices), Laws(laws)],
            [Accuracy(choices), Diversity(choices), .. laws.Select(Compare)]);
    }

    private static Estimate Hits(Measurement one) => one.Estimate("tokenHits").Times(100);

    private static Estimate Differing(Measurement one) =>
        one.Estimate("differing").Times(100);

    private static Estimate Distance(Measurement one) => one.Estimate("distance");

    private static Estimate Floor(Measurement one) => one.Estimate("floor");

    private static string Accuracy(Measurement[] choices) => "Accuracy: " + Conclusion.Compare(
        choices[^1].Variant, Hits(choices[^1]), choices[0].Variant, Hits(choices[0]), "percent of tokens guessed right");

    private static string Diversity(Measurement[] choices) => "Diversity: " + Conclusion.Compare(
        choices[^1].Variant, Differing(choices[^1]), choices[0].Variant, Differing(choices[0]),
        "percent of answers that differ");

    private static string Compare(Measurement one) => $"{one.Variant}: " + Conclusion.Compare(
        "the batch law's distance from the exact law", Distance(one), "that of as many exact draws", Floor(one),
        "total variation");

    private static Plot Tradeoff(Measurement[] choices) => new(
        "Accuracy against diversity", "two answers to the same beginning that differ, %", "tokens guessed right, %",
        [
            new PlotSeries("temperatures", [.. choices.Select(one => new PlotPoint(
                Differing(one).Value, Hits(one), $"{one.Variant}: {Conclusion.Describe(Hits(one))}"))]),
        ]);

    private static Plot Distances(Measurement[] laws) => new(
        "Distance from the law p^n / Z", "", "total variation",
        [Points("batch algorithm", laws, Distance), Points("as many exact draws", laws, Floor)])
    {
        Categories = [.. laws.Select(one => one.Variant.Replace("T = ", "", StringComparison.Ordinal))],
    };

    private static PlotSeries Points(string name, Measurement[] laws, Func<Measurement, Estimate> value) =>
        new(name, [.. laws.Select((one, i) => new PlotPoint(i, value(one), one.Variant))], Joined: false);

    private static MarkdownTable Choices(Measurement[] choices) => new(
        $"The batch algorithm with {PoolSizes[^1]} candidates, on held-out text; intervals over documents. Distinct: "
        + "different answers among all places.",
        ["temperature", "places", "tokens right, %", "first token right, %", "answers that differ, %", "distinct, %"],
        [
            .. choices.Select(one => (string[])
            [
                one.Variant, Readable.Count((long)one["places"]), Conclusion.Describe(Hits(one)),
                Conclusion.Describe(one.Estimate("firstHits").Times(100)),
                Conclusion.Describe(Differing(one)), Readable.Fixed(100 * one["distinct"], 2),
            ]),
        ]);

    private static MarkdownTable Laws(Measurement[] laws) => new(
        "Total variation between law and p^n / Z, p being the shares of the model's own draws at a place: means over "
        + "places. The sample of each law is finite; as many exact draws show what that alone makes. Sum of p^2 and the "
        + $"draws that the exact algorithm needs on average (at most {LawMeasure.MostDraws:N0} counted) describe the "
        + "places.",
        ["", "places", "batch algorithm", "exact draws", "mean of sum p^2", "draws, batch", "draws, exact"],
        [
            .. laws.Select(one => (string[])
            [
                one.Variant, Readable.Count((long)one["places"]), Conclusion.Describe(Distance(one), 3),
                Conclusion.Describe(Floor(one), 3), Readable.Fixed(one["collision"], 3), Readable.Short(one["candidates"]),
                Readable.Short(one["exactCandidates"]),
            ]),
        ]);
}
