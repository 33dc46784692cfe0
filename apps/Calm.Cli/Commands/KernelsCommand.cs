using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm kernels</c>: lists each kernel's generated code, registers, shared memory and occupancy, and the host's loops. It
/// needs no GPU.
/// </summary>
internal static class KernelsCommand
{
    /// <summary>The choices of a run of the command.</summary>
    private sealed record Request(
        IReadOnlyList<OpCase> Cases, KernelFamily? Family, IReadOnlyList<string> Targets, bool Ptx, bool OpenCl, bool Sass,
        bool Counts, string? Old)
    {
        public bool IsTable => !Ptx && !OpenCl && !Sass;

        /// <summary>Whether it chooses ops alone, and nothing of GPUs.</summary>
        public bool IsOfOpsAlone =>
            IsTable && !Counts && Old is null && Family is null && ReferenceEquals(Targets, Ptxas.Targets);

        /// <summary>Whether a row of another run would be among the rows of this one.</summary>
        public bool Wants(KernelRow row) =>
            Cases.Any(c => c.Op == row.Op) && (Family is not { } family || row.Family == KernelRow.NameOf(family))
            && row.Language switch
            {
                "opencl" => OpenCl,
                "sass" => Sass && Targets.Contains(row.Target),
                _ => (Ptx || IsTable) && Targets.Contains(row.Target),
            };
    }

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "kernels",
            "List the kernels of all ops with their registers, shared memory and occupancy, print their generated code or that "
            + "of the host's loops, or compare them with an earlier version; needs no GPU. "
            + "Example: calm kernels --op RmsNorm --ptx");
        CaseOptions cases = new(command, "Only the kernels of this op");
        Option<string?> family = new("--family")
        {
            Description = "Only the kernels of this family: direct, for OpenCL on CPUs, or tiled, for GPUs",
        };
        family.TakeOneOf([.. Enum.GetValues<KernelFamily>().Select(KernelRow.NameOf)]);
        Option<string?> target = new("--target") { Description = "Only this architecture of NVIDIA's GPUs" };
        target.TakeOneOf([.. Ptxas.Targets]);
        Option<bool> ptx = new("--ptx") { Description = "Print each kernel's PTX, the assembly language of NVIDIA's GPUs" };
        Option<bool> openCl = new("--opencl") { Description = "Print each kernel's OpenCL C" };
        Option<bool> sass = new("--sass") { Description = "Print each kernel's machine code on NVIDIA's GPUs; needs nvdisasm" };
        Option<bool> x86 = new("--x86") { Description = "Print the machine code of the host's loops of --op, with counts" };
        Option<bool> counts = new("--counts") { Description = "Add columns that count instructions by kind" };
        Option<string?> diff = new("--diff")
        {
            Description = "Print only what changed since this file, which calm kernels --json wrote",
        };
        foreach (Option option in new Option[] { family, target, ptx, openCl, sass, x86, counts, diff })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            Request request = new(
                cases.Find(parsed),
                parsed.GetValue(family) is { } name ? Enum.Parse<KernelFamily>(name, ignoreCase: true) : null,
                parsed.GetValue(target) is { } one ? [one] : Ptxas.Targets,
                parsed.GetValue(ptx), parsed.GetValue(openCl), parsed.GetValue(sass), parsed.GetValue(counts),
                parsed.GetValue(diff));
            return parsed.GetValue(x86)
                ? RunHost(terminal, request, cases.Op(parsed), cases.Assembly(parsed))
                : Run(terminal, request);
        });
        return command;
    }

    private static int RunHost(Terminal terminal, Request request, string? op, string? assembly)
    {
        if (op is null || !request.IsOfOpsAlone)
        {
            throw new UsageException(op is null
                ? "--x86: needs --op, the op of the loops."
                : "--x86: shows the host's loops alone; leave out --family, --target, --ptx, --opencl, --sass, --counts and "
                    + "--diff.");
        }

        IReadOnlyList<HostLoops.Loop> loops = terminal.During("compiling host loops", _ => HostLoops.Of(op, assembly));
        terminal.Result(new { hostLoops = loops }, writer => HostLoops.Write(writer, loops));
        return 0;
    }

    private static int Run(Terminal terminal, Request request)
    {
        IReadOnlyList<KernelRow>? old = request.Old is { } path ? KernelDiff.Read(path) : null;
        Ptxas? ptxas = Ptxas.Find();
        if (request.Sass && ptxas is not { HasDisassembler: true })
        {
            throw new CalmException($"--sass: needs ptxas and nvdisasm; {Ptxas.Provider} provides them.");
        }

        IReadOnlyList<KernelReport> reports = terminal.During("compiling kernels", _ => Compile(request, ptxas));
        Remark(terminal, request.Cases, reports, ptxas);
        bool withSource = !request.IsTable && old is null;
        KernelRow[] rows = [.. reports.Select(report => KernelRow.Of(report, withSource))];
        if (old is not null)
        {
            IReadOnlyList<KernelDiff.ChangedKernel> changed = KernelDiff.Of(old, rows, request.Wants);
            terminal.Result(new { changed }, writer => KernelDiff.Write(writer, changed));
        }
        else
        {
            terminal.Result(new { kernels = rows }, writer => Write(writer, request, rows, reports));
            if (request.IsTable && rows.Length > 0)
            {
                terminal.Next($"{NextStep.Program} kernels --op {rows[0].Op} --opencl");
            }
        }

        return reports.All(r => r.Failure is null) ? 0 : 1;
    }

    private static IReadOnlyList<KernelReport> Compile(Request request, Ptxas? ptxas)
    {
        List<SourceLanguage> languages = [];
        if (request.Ptx || request.Sass || request.IsTable)
        {
            languages.Add(SourceLanguage.Ptx);
        }

        if (request.OpenCl)
        {
            languages.Add(SourceLanguage.OpenCl);
        }

        IReadOnlyList<KernelReport> reports = KernelReport.Of(
            KernelSources.Of(request.Cases, languages, request.Family), ptxas, request.Targets, request.Sass);
        return request is { Ptx: true, Sass: true }
            ? [.. reports.SelectMany(r => r.Sass is null ? [r] : new[] { r with { Sass = null }, r })]
            : reports;
    }

    private static void Write(
        TextWriter writer, Request request, IReadOnlyList<KernelRow> rows, IReadOnlyList<KernelReport> reports)
    {
        if (request.IsTable)
        {
            KernelTable.Write(writer, rows, request.Counts);
        }
        else
        {
            WriteSources(writer, reports);
        }
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

    /// <summary>Writes each distinct code once, below comments with its kernels and their resources.</summary>
    private static void WriteSources(TextWriter writer, IReadOnlyList<KernelReport> reports)
    {
        foreach (var group in reports.Where(r => r.Failure is null).GroupBy(r => r.Text))
        {
            foreach (KernelSource source in group.Select(r => r.Source).Distinct())
            {
                writer.WriteLine(
                    $"// {source.Name} of {source.Op}, {KernelRow.NameOf(source.Family)}, in groups of up to {source.GroupSize}");
            }

            foreach (KernelReport report in group.Where(r => r.Resources is not null).DistinctBy(r => r.Target))
            {
                writer.WriteLine($"// {report.Target}: {report.Resources}");
            }

            writer.WriteLine(group.Key);
        }
    }
}
