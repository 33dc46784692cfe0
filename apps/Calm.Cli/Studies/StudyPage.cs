using System.Globalization;
using System.Text;

namespace Calm.Cli;

/// <summary>The page of a study: question, conclusions, plots, tables, and the settings to repeat it.</summary>
/// <param name="Study">The study.</param>
/// <param name="Description">The request.</param>
/// <param name="Record">The measurements.</param>
/// <param name="Findings">The findings.</param>
internal sealed record StudyPage(IStudy Study, StudyDescription Description, StudyRecord Record, StudyFindings Findings)
{
    // Below this budget the evaluation is short and the models have hardly begun.
    private const double FewMinutes = 5;

    // Arms of equal time whose times are further apart than this are not of equal time.
    private const double MostSpread = 1.2;

    /// <summary>Writes the page, and its plots as SVG files with its name beside it.</summary>
    /// <param name="path">The page: docs/studies/k.md.</param>
    /// <returns>The plots' files.</returns>
    /// <exception cref="Calm.Runtime.CalmException">A file cannot be written.</exception>
    public IReadOnlyList<string> Write(string path)
    {
        string[] plots =
        [
            .. Findings.Plots.Select((_, i) => Path.ChangeExtension(path, null) + (i == 0 ? ".svg" : $"-{i + 1}.svg")),
        ];
        foreach ((Plot plot, string file) in Findings.Plots.Zip(plots))
        {
            plot.Write(file);
        }

        SafeFile.Write(path, Encoding.UTF8.GetBytes(Text([.. plots.Select(file => Path.GetFileName(file)!)])));
        return plots;
    }

    /// <summary>The page in Markdown.</summary>
    /// <param name="plots">File names of the plots.</param>
    public string Text(IReadOnlyList<string> plots)
    {
        StringWriter page = new(CultureInfo.InvariantCulture);
        page.Write($"# {Study.Title}\n\n{Study.Question}\n\n");
        foreach ((Plot plot, string file) in Findings.Plots.Zip(plots))
        {
            page.Write($"![{plot.Title}]({file})\n\n");
        }

        page.Write("## What the intervals say\n\n");
        foreach (string conclusion in Findings.Conclusions.Concat(Cautions()))
        {
            page.Write($"* {conclusion}\n");
        }

        page.Write("\n## Tables\n\n");
        foreach (MarkdownTable table in Findings.Tables)
        {
            table.Write(page);
        }

        page.Write("## How it was measured\n\n");
        foreach ((string name, string value) in Facts())
        {
            page.Write($"* {name}: {value}\n");
        }

        page.Write("\n## Everything that was measured\n\n");
        foreach (MarkdownTable table in Measurements())
        {
            table.Write(page);
        }

        return page.ToString().TrimEnd() + "\n";
    }

    private IEnumerable<string> Cautions()
    {
        if (Record.LeftOut is { } forecast)
        {
            yield return forecast.Describe();
        }

        double[] seconds = [.. Record.Design.Arms.Select(arm => Record.Last(arm)["seconds"])];
        if (Description.Steps == 0 && Record.CompleteRounds == Record.Rounds && Record.Design.Equal == EqualBudget.Time
            && seconds.Max() > MostSpread * seconds.Min())
        {
            yield return "The time in training steps was to be equal and was not: the machine's speed changed, and the models "
                + $"took from {Readable.Fixed(seconds.Min(), 0)} to {Readable.Fixed(seconds.Max(), 0)} seconds.";
        }

        if (Description.Steps > 0 || Description.Minutes < FewMinutes)
        {
            yield return "With a budget this small the models have hardly begun to learn and the intervals are wide.";
        }
    }

    private IEnumerable<(string, string)> Facts()
    {
        IEnumerable<string> commands = [Description.Command, .. Description.Continued ?? []];
        yield return ("Command", string.Join(", then ", commands.Select(command => $"`{command}`")));
        yield return ("Date", Record.Ended.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        yield return ("Time taken", Readable.Duration(Record.Seconds));
        yield return ("Machine", Description.Device);
        yield return ("Version", ProgramVersion.Text);
        yield return ("Text", Description.Text);
        yield return ("Seed", Description.Seed.ToString(CultureInfo.InvariantCulture));
        string[] settings = [.. Record.Design.Settings.Concat(Description.Settings)];
        string with = settings.Length == 0 ? "" : $" with `{string.Join(' ', settings)}`";
        yield return ("All models", $"the preset demo{with}");
        foreach (StudyArm arm in Record.Design.Autoencoders.Concat(Record.Design.Arms))
        {
            string own = arm.Settings.Count == 0 ? "" : $", `{string.Join(' ', arm.Settings)}`";
            string autoencoder = arm.Autoencoder is null ? "" : $", autoencoder {arm.Autoencoder}";
            string steps = Readable.Count(Record.Plan(arm).Steps);
            yield return ($"`{arm.Name}`", $"stage {arm.Stage.Name()}{autoencoder}, {steps} steps planned{own}");
        }

        yield return ("Equal for the compared models", Record.Design.Equal switch
        {
            EqualBudget.Time => "time in training steps, as measured before",
            EqualBudget.Flops => "FLOPs of training, by the formula of docs/flops.md",
            _ => "training steps",
        });
        yield return (
            "Intervals",
            "95 %, by drawing the held-out documents again; one seed of training, whose variation they do not contain");
    }

    /// <summary>All measurements, in one table for each set of names.</summary>
    private IEnumerable<MarkdownTable> Measurements() =>
        from measurement in Record.All
        group measurement by string.Join(' ', measurement.Values.Keys.Order(StringComparer.Ordinal)) into alike
        let names = alike.First().Values.Keys
        select new MarkdownTable(
            $"{string.Join(", ", alike.Select(one => one.Arm).Distinct())}:",
            ["arm", "of it", "step", .. names],
            [.. alike.Select(one => (string[])
            [
                one.Arm, one.Variant, Readable.Count(one.Step), .. names.Select(name => Readable.Short(one[name])),
            ])]);
}
