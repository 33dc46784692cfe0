using System.Numerics;
using System.Text.RegularExpressions;

namespace Calm.Kernels;

/// <summary>Up to three sizes of a work, each up to a factor of two: 512 x 256 stands for all up to twice as large.</summary>
internal readonly partial record struct SizeClass
{
    private readonly byte _first, _second, _third; // powers of two plus one; 0 for a size that is not there

    private SizeClass(byte first, byte second, byte third) => (_first, _second, _third) = (first, second, third);

    /// <summary>The class of one size.</summary>
    public static SizeClass Of(long size) => new(Power(size), 0, 0);

    /// <summary>The class of two.</summary>
    public static SizeClass Of(long first, long second) => new(Power(first), Power(second), 0);

    /// <summary>The class of three.</summary>
    public static SizeClass Of(long first, long second, long third) => new(Power(first), Power(second), Power(third));

    /// <summary>Whether a text of a file is a class.</summary>
    public static bool Is(string text) => Pattern().IsMatch(text);

    /// <summary>The least sizes of the class.</summary>
    public override string ToString() => string.Join(
        " x ", new[] { _first, _second, _third }.Where(power => power > 0).Select(power => 1L << (power - 1)));

    private static byte Power(long size) => (byte)(BitOperations.Log2((ulong)Math.Max(1, size)) + 1);

    [GeneratedRegex(@"^[1-9][0-9]{0,18}( x [1-9][0-9]{0,18}){0,2}\z")]
    private static partial Regex Pattern();
}
