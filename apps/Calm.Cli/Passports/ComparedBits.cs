namespace Calm.Cli;

/// <summary>The bits of one device's results beside another's.</summary>
/// <param name="Common">Number of cases that both have.</param>
/// <param name="Equal">Names of those with the same bits.</param>
/// <param name="Different">Names of those with other bits.</param>
internal sealed record ComparedBits(int Common, IReadOnlyList<string> Equal, IReadOnlyList<string> Different)
{
    /// <summary>Compares the bits of two devices.</summary>
    public static ComparedBits Of(PassportChecks first, PassportChecks other)
    {
        string[] common = [.. first.Bits.Keys.Where(other.Bits.ContainsKey)];
        ILookup<bool, string> parts = common.ToLookup(name => first.Bits[name] == other.Bits[name]);
        return new ComparedBits(common.Length, [.. parts[true]], [.. parts[false]]);
    }

    /// <summary>Ops with the same bits in every common case.</summary>
    public IReadOnlyList<string> EqualOps => [.. OpsOf(Equal).Except(OpsOf(Different)).Order(StringComparer.Ordinal)];

    /// <summary>Ops with the same bits in some cases and others in others.</summary>
    public IReadOnlyList<string> MixedOps => [.. OpsOf(Equal).Intersect(OpsOf(Different)).Order(StringComparer.Ordinal)];

    /// <summary>Ops with other bits in every common case.</summary>
    public IReadOnlyList<string> DifferentOps => [.. OpsOf(Different).Except(OpsOf(Equal)).Order(StringComparer.Ordinal)];

    // A case is called by its op and its label.
    private static IEnumerable<string> OpsOf(IEnumerable<string> names) => names.Select(name => name.Split(' ', 2)[0]).Distinct();
}
