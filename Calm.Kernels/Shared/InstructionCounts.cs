using System.Text.RegularExpressions;

namespace Calm.Kernels;

/// <summary>Instructions of a kernel by kind, each counted once wherever it stands: a loop's body counts once too.</summary>
internal sealed partial record InstructionCounts
{
    /// <summary>All of them, without padding behind the code.</summary>
    public int All { get; init; }

    /// <summary>Loads from global memory, copies to shared memory included.</summary>
    public int GlobalLoads { get; init; }

    /// <summary>Stores to global memory; additions to it count as such.</summary>
    public int GlobalStores { get; init; }

    /// <summary>Loads from shared memory, of matrices too.</summary>
    public int SharedLoads { get; init; }

    /// <summary>Stores to shared memory, copies from global memory included.</summary>
    public int SharedStores { get; init; }

    /// <summary>Multiply-adds of floats and doubles.</summary>
    public int Fma { get; init; }

    /// <summary>Products on tensor cores.</summary>
    public int Mma { get; init; }

    /// <summary>Barriers of a group.</summary>
    public int Barriers { get; init; }

    /// <summary>Counts of PTX.</summary>
    public static InstructionCounts OfPtx(string ptx) => Of(Names(PtxInstruction(), ptx), PtxKinds);

    /// <summary>Counts of what nvdisasm prints.</summary>
    public static InstructionCounts OfSass(string sass) =>
        Of(Names(SassInstruction(), sass).Where(name => name != "NOP"), SassKinds);

    private sealed record Kinds(
        Regex GlobalLoad, Regex GlobalStore, Regex SharedLoad, Regex SharedStore, Regex Fma, Regex Mma, Regex Barrier);

    private static Kinds PtxKinds { get; } = new(
        PtxGlobalLoad(), PtxGlobalStore(), PtxSharedLoad(), PtxSharedStore(), PtxFma(), PtxMma(), PtxBarrier());

    private static Kinds SassKinds { get; } = new(
        SassGlobalLoad(), SassGlobalStore(), SassSharedLoad(), SassSharedStore(), SassFma(), SassMma(), SassBarrier());

    private static InstructionCounts Of(IEnumerable<string> names, Kinds kinds)
    {
        string[] all = [.. names];
        return new InstructionCounts
        {
            All = all.Length,
            GlobalLoads = all.Count(kinds.GlobalLoad.IsMatch),
            GlobalStores = all.Count(kinds.GlobalStore.IsMatch),
            SharedLoads = all.Count(kinds.SharedLoad.IsMatch),
            SharedStores = all.Count(kinds.SharedStore.IsMatch),
            Fma = all.Count(kinds.Fma.IsMatch),
            Mma = all.Count(kinds.Mma.IsMatch),
            Barriers = all.Count(kinds.Barrier.IsMatch),
        };
    }

    private static IEnumerable<string> Names(Regex instruction, string text) =>
        instruction.Matches(text).Select(match => match.Groups["name"].Value);

    // Directives begin with a point and labels end with a colon. Several may stand in a line, in braces of their own.
    [GeneratedRegex(@"(?:^|[;{}])[ \t]*(?:@!?%\w+\s+)?(?<name>[a-z][\w.:]*)(?=\s|;)", RegexOptions.Multiline)]
    private static partial Regex PtxInstruction();

    [GeneratedRegex(@"^\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?(?<name>[A-Z][\w.]*)", RegexOptions.Multiline)]
    private static partial Regex SassInstruction();

    [GeneratedRegex(@"^(ld|cp\.async)\b(?=.*\.global)")]
    private static partial Regex PtxGlobalLoad();

    [GeneratedRegex(@"^(st|atom|red)\b.*\.global")]
    private static partial Regex PtxGlobalStore();

    [GeneratedRegex(@"^(ld|ldmatrix)\b.*\.shared")]
    private static partial Regex PtxSharedLoad();

    [GeneratedRegex(@"^(st|cp\.async|atom|red)\b.*\.shared")]
    private static partial Regex PtxSharedStore();

    [GeneratedRegex(@"^fma\.")]
    private static partial Regex PtxFma();

    [GeneratedRegex(@"^(mma|wmma\.mma|wgmma\.mma_async)\.")]
    private static partial Regex PtxMma();

    [GeneratedRegex(@"^(bar|barrier)\.")]
    private static partial Regex PtxBarrier();

    [GeneratedRegex(@"^(LDG|LDGSTS|LD)\b")]
    private static partial Regex SassGlobalLoad();

    [GeneratedRegex(@"^(STG|ST|ATOMG|ATOM|RED|REDG)\b")]
    private static partial Regex SassGlobalStore();

    [GeneratedRegex(@"^(LDS|LDSM)\b")]
    private static partial Regex SassSharedLoad();

    [GeneratedRegex(@"^(STS|LDGSTS|ATOMS)\b")]
    private static partial Regex SassSharedStore();

    [GeneratedRegex(@"^(FFMA2?|DFMA|HFMA2)\b")]
    private static partial Regex SassFma();

    [GeneratedRegex(@"^(HMMA|HGMMA|DMMA|IMMA)\b")]
    private static partial Regex SassMma();

    [GeneratedRegex(@"^BAR\b")]
    private static partial Regex SassBarrier();
}
