using System.Text.RegularExpressions;

namespace Calm.Kernels;

/// <summary>Resources of a GPU that a kernel uses. Values that only ptxas knows are null without it.</summary>
internal sealed partial record KernelResources
{
    /// <summary>Registers of a thread.</summary>
    public int? Registers { get; init; }

    /// <summary>Bytes of shared memory of a group, without what a launch adds.</summary>
    public int SharedBytes { get; init; }

    /// <summary>Bytes of local memory of a thread: arrays that are indexed by variables, and spilled registers.</summary>
    public int StackBytes { get; init; }

    /// <summary>Bytes of registers written to the stack and read from it, by place in the code.</summary>
    public int? SpillBytes { get; init; }

    /// <summary>Bytes of constant memory, parameters included; null where ptxas does not say.</summary>
    public int? ConstantBytes { get; init; }

    /// <summary>Bytes of machine code, padding included.</summary>
    public int? CodeBytes { get; init; }

    /// <summary>Number of instructions in double precision.</summary>
    public int Float64 { get; init; }

    /// <summary>Number of instructions that load from or store to local memory before registers are assigned.</summary>
    public int LocalAccesses { get; init; }

    /// <summary>Reads the values that PTX shows by itself.</summary>
    public static KernelResources OfPtx(string ptx) => new()
    {
        SharedBytes = Bytes(SharedArray().Matches(ptx)),
        StackBytes = Bytes(LocalArray().Matches(ptx)),
        Float64 = Float64Instruction().Count(ptx),
        LocalAccesses = LocalAccess().Count(ptx),
    };

    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"{(Registers is { } registers ? $"{registers} registers" : "registers unknown without ptxas")}, "
        + $"{SharedBytes} B shared, {StackBytes} B stack, "
        + (SpillBytes is { } spills ? $"{spills} B spills, " : "")
        + (ConstantBytes is { } constants ? $"{constants} B constant, " : "")
        + (CodeBytes is { } code ? $"{code} B code, " : "")
        + $"{LocalAccesses} local accesses, {Float64} float64 instructions";

    private static int Bytes(MatchCollection arrays) =>
        arrays.Sum(array => int.Parse(array.Groups["bits"].Value) / 8 * int.Parse(array.Groups["count"].Value));

    [GeneratedRegex(@"\.shared\s+\.align\s+\d+\s+\.b(?<bits>\d+)\s+\w+\[(?<count>\d+)\]")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"\.local\s+\.align\s+\d+\s+\.b(?<bits>\d+)\s+\w+\[(?<count>\d+)\]")]
    private static partial Regex LocalArray();

    [GeneratedRegex(@"^\s*(@!?%\w+\s+)?(ld|st)\.local\b", RegexOptions.Multiline)]
    private static partial Regex LocalAccess();

    // Moves and loads of 64 bits are b64 or u64 unless they hold a double.
    [GeneratedRegex(@"^\s*(@!?%\w+\s+)?[a-z]\S*\.f64\b", RegexOptions.Multiline)]
    private static partial Regex Float64Instruction();
}
