using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Conversions between the layout of an array in fixtures and the layout that ops use.</summary>
/// <param name="ToOp">Converts an array of a fixture.</param>
/// <param name="ToFixture">The elements of a tensor in the fixture's order.</param>
internal sealed record FixtureLayout(Func<FixtureTensor, FixtureTensor> ToOp, Func<Tensor, double[]> ToFixture)
{
    /// <summary>The same layout in both.</summary>
    public static FixtureLayout Same { get; } = new(array => array, GoldenCheck.Doubles);

    /// <summary>Draws outside positions in fixtures, [S, M, L]; inside in ops, [M, S, L].</summary>
    public static FixtureLayout Draws { get; } = new(
        array => array.Exchanged(),
        tensor => FixtureTensor.Exchange(GoldenCheck.Doubles(tensor), tensor.Shape[0], tensor.Shape[1]));

    /// <summary>Heads outside positions in fixtures, [B, H, T, Dh]; inside in ops, [B, T, H Dh].</summary>
    public static FixtureLayout Heads(int heads) => new(
        array => array with
        {
            Sizes = [array.Sizes[0], array.Sizes[2], heads * array.Sizes[3]],
            Values = Exchange(array.Values, array.Sizes[0], heads, array.Sizes[2], array.Sizes[3]),
        },
        tensor => Exchange(
            GoldenCheck.Doubles(tensor), tensor.Shape[0], tensor.Shape[1], heads, tensor.Columns / heads));

    private static double[] Exchange(double[] values, int batch, int outer, int inner, int size)
    {
        int each = outer * inner * size;
        return
        [
            .. Enumerable.Range(0, batch).SelectMany(
                b => FixtureTensor.Exchange(values[(b * each)..((b + 1) * each)], outer, inner)),
        ];
    }
}
