using System.Text.RegularExpressions;

namespace Calm.Cli;

/// <summary>
/// Instructions of x86-64 by kind, each counted once and in one kind only. A vector is a register of several floats; what
/// computes with one float of it is scalar.
/// </summary>
internal sealed partial record HostCounts
{
    /// <summary>Fused multiply-adds of vectors.</summary>
    public int VectorFma { get; init; }

    /// <summary>Moves and broadcasts from memory to a vector.</summary>
    public int VectorLoads { get; init; }

    /// <summary>Moves from a vector to memory.</summary>
    public int VectorStores { get; init; }

    /// <summary>Everything else that reads or writes vectors.</summary>
    public int OtherVector { get; init; }

    /// <summary>Instructions without vectors that are none of the next two.</summary>
    public int Scalar { get; init; }

    /// <summary>Jumps.</summary>
    public int Branches { get; init; }

    /// <summary>Calls.</summary>
    public int Calls { get; init; }

    /// <summary>Vector operations beside moves that read an operand from memory: loads that cost no instruction.</summary>
    public int MemoryOperands { get; init; }

    /// <summary>All of them.</summary>
    public int All => VectorFma + VectorLoads + VectorStores + OtherVector + Scalar + Branches + Calls;

    private enum Kind
    {
        VectorFma,
        VectorLoad,
        VectorStore,
        OtherVector,
        Scalar,
        Branch,
        Call,
    }

    /// <summary>Counts of a listing of the JIT.</summary>
    public static HostCounts Of(string listing)
    {
        (Kind Kind, bool ReadsMemory)[] all =
        [
            .. Instruction().Matches(listing).Select(match => KindOf(match.Groups[1].Value, match.Groups[2].Value)),
        ];
        return new HostCounts
        {
            VectorFma = Count(Kind.VectorFma),
            VectorLoads = Count(Kind.VectorLoad),
            VectorStores = Count(Kind.VectorStore),
            OtherVector = Count(Kind.OtherVector),
            Scalar = Count(Kind.Scalar),
            Branches = Count(Kind.Branch),
            Calls = Count(Kind.Call),
            MemoryOperands = all.Count(i => i.ReadsMemory),
        };

        int Count(Kind kind) => all.Count(i => i.Kind == kind);
    }

    private static (Kind Kind, bool ReadsMemory) KindOf(string name, string operands)
    {
        bool isMemory = operands.Contains(" ptr [", StringComparison.Ordinal);
        if (name is "call" or "tail.jmp")
        {
            return (Kind.Call, false);
        }

        if (name.StartsWith('j'))
        {
            return (Kind.Branch, false);
        }

        // One float lies in an xmm register too; then the name says so, or there is no wider one and no packed operation.
        if (!VectorRegister().IsMatch(operands) || ScalarName().IsMatch(name))
        {
            return (Kind.Scalar, false);
        }

        if (Move().IsMatch(name) && isMemory)
        {
            bool isStore = operands.IndexOf('[', StringComparison.Ordinal) is var at
                && VectorRegister().Match(operands).Index > at;
            return (isStore ? Kind.VectorStore : Kind.VectorLoad, false);
        }

        return (Fma().IsMatch(name) ? Kind.VectorFma : Kind.OtherVector, isMemory);
    }

    [GeneratedRegex(@"^ +(?!align\b|int3\b)([a-z][\w.]*)[ ]*(.*)$", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\b[xyz]mm\d")]
    private static partial Regex VectorRegister();

    [GeneratedRegex(@"^(?!v?broadcast)(v?\w*[^p]s[sd]|v?(mov|cvt\w*)s[sd]\w*|v?mov[dq]|v?cvt\w*si\w*|v?cvts[sd]\w*|vzeroupper)$")]
    private static partial Regex ScalarName();

    [GeneratedRegex(@"^v?(mov(aps|apd|ups|upd|dqa|dqu|ntps|ntdq)\w*|broadcast\w+|lddqu)$")]
    private static partial Regex Move();

    [GeneratedRegex(@"^vf(n)?m(add|sub|addsub|subadd)\d+p[sd]$")]
    private static partial Regex Fma();
}
