using System.Text.Json.Serialization;
using Calm.Kernels;

namespace Calm.Cli;

/// <summary>A kernel on one target, as <c>calm kernels --json</c> writes it and <c>--diff</c> reads it.</summary>
/// <param name="Op">The op that launches it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Family">The devices that launch it.</param>
/// <param name="Target">The GPU, or opencl.</param>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="StackBytes">Local memory of a thread.</param>
/// <param name="SpillBytes">Bytes of registers that are spilled and read again.</param>
/// <param name="Float64">Instructions in double precision.</param>
internal sealed record KernelRow(
    string Op, string Name, string Family, string Target, int? Registers, int? SharedBytes, int? StackBytes,
    int? SpillBytes, int? Float64)
{
    /// <summary>The name that the driver and its profilers have for it; null for one that does not compile.</summary>
    public string? Entry { get; init; }

    /// <summary>The language of the code: ptx, sass or opencl.</summary>
    public string Language { get; init; } = "";

    /// <summary>Threads of the largest group that it is launched with.</summary>
    public int? GroupSize { get; init; }

    /// <summary>Occupancy; null for kernels of CPUs, and if registers are unknown.</summary>
    public OccupancyRow? Occupancy { get; init; }

    /// <summary>Instructions of the code by kind; null for OpenCL C.</summary>
    public InstructionCounts? Counts { get; init; }

    /// <summary>Bytes of machine code.</summary>
    public int? CodeBytes { get; init; }

    /// <summary>Hash of the code.</summary>
    public string? Hash { get; init; }

    /// <summary>The code; null unless it is wanted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>The row of a report.</summary>
    public static KernelRow Of(KernelReport report, bool withSource) => new(
        report.Source.Op, report.Source.Name, NameOf(report.Source.Family), report.Target, report.Resources?.Registers,
        report.Resources?.SharedBytes, report.Resources?.StackBytes, report.Resources?.SpillBytes, report.Resources?.Float64)
    {
        Entry = report.Source.Entry,
        Language = report.Language,
        GroupSize = report.Source.GroupSize,
        Occupancy = report.Occupancy is { } o ? new OccupancyRow(o.Groups, o.Warps, o.MostWarps, o.LimitNames) : null,
        Counts = report.Counts,
        CodeBytes = report.Resources?.CodeBytes,
        Hash = report.Failure is null ? report.Hash : null,
        Source = withSource ? report.Text : null,
    };

    /// <summary>A family as options and results name it.</summary>
    public static string NameOf(Runtime.KernelFamily family) => family.ToString().ToLowerInvariant();
}

/// <summary>Occupancy in JSON.</summary>
/// <param name="Groups">Groups that a multiprocessor holds at once.</param>
/// <param name="Warps">Their warps.</param>
/// <param name="MostWarps">Warps that it has places for.</param>
/// <param name="Limit">The limits that another group would break; "-" if all places are taken.</param>
internal sealed record OccupancyRow(int Groups, int Warps, int MostWarps, string Limit)
{
    /// <summary>Percent of the places that are taken.</summary>
    [JsonIgnore]
    public double Percent => 100.0 * Warps / MostWarps;
}
