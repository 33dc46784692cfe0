using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Fixtures hold heads outside positions, [B, H, T, Dh]; ops hold them inside, [B, T, H Dh].</summary>
internal static class HeadLayout
{
    /// <summary>[B, H, T, Dh] to [B, T, H Dh].</summary>
    public static FixtureTensor HeadsInside(FixtureTensor x)
    {
        (int batch, int heads, int positions, int size) = (x.Sizes[0], x.Sizes[1], x.Sizes[2], x.Sizes[3]);
        return x with
        {
            Sizes = [batch, positions, heads * size],
            Values = Exchange(x.Values, batch, heads, positions, size),
        };
    }

    /// <summary>[B, T, H Dh] to [B, H, T, Dh].</summary>
    public static double[] HeadsOutside(Tensor x, int heads) =>
        Exchange(GoldenCheck.Doubles(x), x.Shape[0], x.Shape[1], heads, x.Columns / heads);

    private static double[] Exchange(double[] values, int batch, int outer, int inner, int size)
    {
        double[] exchanged = new double[values.Length];
        int each = outer * inner * size;
        for (int b = 0; b < batch; b++)
        {
            FixtureTensor.Exchange(values[(b * each)..((b + 1) * each)], outer, inner).CopyTo(exchanged, b * each);
        }

        return exchanged;
    }
}

internal sealed class GoldenRope : IGoldenOp
{
    public string Op => "rope";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        FixtureTensor given = check.Fixture["in.x"];
        int heads = given.Sizes[1];
        int start = (int)check.Fixture.Number("start");
        RotaryTable table = new(check.Device, start + given.Sizes[2], given.Sizes[3], check.Fixture.Number("theta"));
        Tensor x = check.Input(tape, "x", HeadLayout.HeadsInside(given));
        Tensor y = RotaryEmbedding.ApplyInPlace(tape, x, table, heads, start);
        check.Compare("out.y", HeadLayout.HeadsOutside(y, heads));
        FixtureTensor cotangent = HeadLayout.HeadsInside(check.Fixture["cot.y"]);
        y.SetGradient(tape.From(cotangent.Floats, y.Shape));
        tape.Backward();
        check.Compare("grad.x", HeadLayout.HeadsOutside(x.Gradient!, heads));
    }
}

internal sealed class GoldenCausalAttention : IGoldenOp
{
    public string Op => "causal_attention";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        int heads = (int)check.Fixture.Number("heads");
        int keyValueHeads = (int)check.Fixture.Number("kv_heads");
        Tensor q = check.Input(tape, "q", HeadLayout.HeadsInside(check.Fixture["in.q"]));
        Tensor k = check.Input(tape, "k", HeadLayout.HeadsInside(check.Fixture["in.k"]));
        Tensor v = check.Input(tape, "v", HeadLayout.HeadsInside(check.Fixture["in.v"]));
        Tensor y = CausalAttention.Apply(tape, q, k, v, heads, keyValueHeads, (int)check.Fixture.Number("q_start"));
        check.Compare("out.y", HeadLayout.HeadsOutside(y, heads));
        y.SetGradient(tape.From(HeadLayout.HeadsInside(check.Fixture["cot.y"]).Floats, y.Shape));
        tape.Backward();
        check.Compare("grad.q", HeadLayout.HeadsOutside(q.Gradient!, heads));
        check.Compare("grad.k", HeadLayout.HeadsOutside(k.Gradient!, keyValueHeads));
        check.Compare("grad.v", HeadLayout.HeadsOutside(v.Gradient!, keyValueHeads));
    }
}
