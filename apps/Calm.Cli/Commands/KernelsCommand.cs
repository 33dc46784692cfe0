using System.CommandLine;
using System.Text.Json.Serialization;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm kernels</c>: lists each kernel's generated code, registers and shared memory. It needs no GPU.</summary>
internal static class KernelsCommand
{
    private sealed record Row(
        string Op, string Name, string Family, string Target, int? Registers, int? SharedBytes, int? StackBytes,
        int? SpillBytes, int? Float64)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Source { get; init; }
    }

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "kernels",
            "List the kernels of all ops with their register and shared-memory use, or print their generated code; needs no GPU. "
            + "Example: calm kernels --op RmsNorm --ptx");
        CaseOptions cases = new(command, "Only the kernels of this op");
        Option<string?> family = new("--family")
        {
            Description = "Only the kernels of this family: direct, for OpenCL on CPUs, or tiled, for GPUs",
        };
        family.TakeOneOf([.. Enum.GetValues<KernelFamily>().Select(NameOf)]);
        Option<bool> ptx = new("--ptx") { Description = "Print each kernel's PTX, the assembly language of NVIDIA's GPUs" };
        Option<bool> openCl = new("--opencl") { Description = "Print each kernel's OpenCL C" };
        command.Options.Add(family);
        command.Options.Add(ptx);
        command.Options.Add(openCl);
        command.SetAction(parsed =>
        {
            (bool Wanted, SourceLanguage Language)[] choices =
                [(parsed.GetValue(ptx), SourceLanguage.Ptx), (parsed.GetValue(openCl), SourceLanguage.OpenCl)];
            return Run(
                terminal, cases.Find(parsed),
                parsed.GetValue(family) is { } name ? Enum.Parse<KernelFamily>(name, ignoreCase: true) : null,
                [.. choices.Where(c => c.Wanted).Select(c => c.Language)]);
        });
        return command;
    }

    private static int Run(Terminal terminal, IReadOnlyList<OpCase> cases, KernelFamily? family, SourceLanguage[] printed)
    {
        Ptxas? ptxas = Ptxas.Find();
        IReadOnlyList<KernelReport> reports = terminal.During("compiling kernels", _ => KernelReport.Of(
            KernelSources.Of(cases, printed.Length == 0 ? [SourceLanguage.Ptx] : printed, family), ptxas));
        Remark(terminal, cases, reports, ptxas);
        bool table = printed.Length == 0;
        terminal.Result(
            new { kernels = reports.Select(report => RowOf(report, withSource: !table)) },
            writer =>
            {
                if (table)
                {
                    WriteTable(writer, reports);
                }
                else
                {
                    WriteSources(writer, reports);
                }
            });
        if (table && reports.Count > 0)
        {
            terminal.Next($"{NextStep.Program} kernels --op {reports[0].Source.Op} --opencl");
        }

        return reports.All(r => r.Failure is null) ? 0 : 1;
    }

    private static void Remark(
        Terminal terminal, IReadOnlyList<OpCase> cases, IReadOnlyList<KernelReport> reports, Ptxas? ptxas)
    {
        string[] without = [.. cases.Select(c => c.Op).Except(reports.Select(r => r.Source.Op))];
        if (without.Length > 0)
        {
            terminal.Error.WriteLine($"without kernels: {string.Join(", ", without)}");
        }

        if (ptxas is null)
        {
            terminal.Error.WriteLine($"registers and spills are unknown without ptxas; {Ptxas.Provider} provides it");
        }

        foreach (KernelReport report in reports.Where(r => r.Failure is not null))
        {
            terminal.Error.WriteLine($"{report.Source.Op}: {report.Failure}");
        }
    }

    private static Row RowOf(KernelReport report, bool withSource) => new(
        report.Source.Op, report.Source.Name, NameOf(report.Source.Family), report.Target, report.Resources?.Registers,
        report.Resources?.SharedBytes, report.Resources?.StackBytes, report.Resources?.SpillBytes, report.Resources?.Float64)
    {
        Source = withSource ? report.Source.Text : null,
    };

    private static void WriteTable(TextWriter writer, IReadOnlyList<KernelReport> reports)
    {
        int op = Width("op", r => r.Source.Op);
        int kernel = Width("kernel", r => r.Source.Name);
        string heading = $"{Left("op", op)}{Left("kernel", kernel)}{"family",-8}{"target",-8}";
        writer.WriteLine($"{heading}{"registers",9}{"shared B",10}{"stack B",9}{"spills B",10}{"float64",9}");
        foreach (var rows in reports.GroupBy(r => (r.Source.Op, r.Source.Name, r.Target)))
        {
            KernelResources? r = rows.First().Resources;
            string family = string.Join(", ", rows.Select(row => NameOf(row.Source.Family)).Distinct());
            writer.WriteLine(
                $"{Left(rows.Key.Op, op)}{Left(rows.Key.Name, kernel)}{(family.Contains(',') ? "both" : family),-8}"
                + $"{rows.Key.Target,-8}{Known(r?.Registers),9}{Known(r?.SharedBytes),10}{Known(r?.StackBytes),9}"
                + $"{Known(r?.SpillBytes),10}{Known(r?.Float64),9}");
        }

        int Width(string title, Func<KernelReport, string> text) =>
            reports.Select(text).Append(title).Max(t => t.Length) + 2;

        static string Left(string text, int width) => text.PadRight(width);

        static string Known(int? number) => number?.ToString() ?? "-";
    }

    /// <summary>Writes each distinct source once, below comments with its kernels and their resources.</summary>
    private static void WriteSources(TextWriter writer, IReadOnlyList<KernelReport> reports)
    {
        foreach (var group in reports.Where(r => r.Failure is null).GroupBy(r => r.Source.Text))
        {
            foreach (KernelSource source in group.Select(r => r.Source).Distinct())
            {
                writer.WriteLine(
                    $"// {source.Name} of {source.Op}, {NameOf(source.Family)}, in groups of up to {source.GroupSize}");
            }

            foreach (KernelReport report in group.Where(r => r.Resources is not null).DistinctBy(r => r.Target))
            {
                writer.WriteLine($"// {report.Target}: {report.Resources}");
            }

            writer.WriteLine(group.Key);
        }
    }

    private static string NameOf(KernelFamily family) => family.ToString().ToLowerInvariant();
}
