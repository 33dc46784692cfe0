using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>An item of a single op as a case with its numbers.</summary>
/// <param name="Case">The case; nobody asks for its definition.</param>
/// <param name="Operands">Hashes of the names.</param>
internal sealed record ProviderCase(OpCase Case, ProvidedOperands Operands)
{
    private const double Epsilon = 1e-6f;
    private const double Theta = 10000;

    /// <summary>The case of an item.</summary>
    public static ProviderCase Of(JsonNode item)
    {
        int Size(string key) => (int)item[key]!;
        return (string?)item["op"] switch
        {
            "gemm" => Product((string)item["form"]!, Size("m"), Size("n"), Size("k")),
            "rmsnorm" => Create(
                nameof(RmsNorm), Rows(item), [new("x", Rows(item)), new("weight", new Shape(Size("columns")))],
                ("epsilon", Epsilon)),
            "layernorm" => Create(
                nameof(LayerNorm), Rows(item),
                [
                    new("x", Rows(item)), new("weight", new Shape(Size("columns"))), new("bias", new Shape(Size("columns"))),
                ],
                ("epsilon", Epsilon)),
            "swiglu" => Create(nameof(SwiGlu), Rows(item), [new("x", new Shape(Size("rows"), 2 * Size("columns")))]),
            "cross-entropy" => Create(
                nameof(CrossEntropy), null,
                [
                    new("x", new Shape(Size("rows"), Size("classes")), Scale: 4),
                    new("targets", new Shape(Size("rows")), Ids: Size("classes")),
                ],
                ("scale", 1)),
            "rope" => Create(
                nameof(RotaryEmbedding), Heads(item, 2), [new("x", Heads(item, 2))], ("heads", 2 * Size("heads")),
                ("headSize", Size("head")), ("start", 0), ("theta", Theta)),
            "attention" => Create(
                nameof(CausalAttention), Heads(item, 1), [new("x", Heads(item, 3))], ("queryHeads", Size("heads")),
                ("keyValueHeads", Size("heads"))),
            "energy" => Create(
                nameof(EnergyScore), null,
                [
                    new("x", new Shape(Size("positions"), Size("draws"), Size("latent"))),
                    new("mean", new Shape(Size("positions"), Size("latent")), Gradient: false),
                    new("log-std", new Shape(Size("positions"), Size("latent")), Gradient: false),
                    new("noise", new Shape(Size("positions"), Size("targets"), Size("latent")), Gradient: false),
                ],
                ("exponent", 1)),
            _ => throw new CalmException($"{PeerCommand.Name}: no provider has {item.ToJsonString()}."),
        };
    }

    private static Shape Rows(JsonNode item) => new((int)item["rows"]!, (int)item["columns"]!);

    private static Shape Heads(JsonNode item, int parts) =>
        new((int)item["batch"]!, (int)item["positions"]!, parts * (int)item["heads"]! * (int)item["head"]!);

    private static ProviderCase Product(string form, int m, int n, int k)
    {
        (bool transposeA, bool transposeB) = (form[0] == 'T', form[1] == 'T');
        ProviderCase product = Create(
            nameof(MatMul), new Shape(m, n),
            [
                new("a", transposeA ? new Shape(k, m) : new Shape(m, k)),
                new("b", transposeB ? new Shape(n, k) : new Shape(k, n)),
            ],
            ("transposeA", transposeA ? 1 : 0), ("transposeB", transposeB ? 1 : 0));
        return new ProviderCase(product.Case with { Differentiable = false }, product.Operands);
    }

    /// <summary>A case with an output of a shape; null for a loss.</summary>
    private static ProviderCase Create(
        string op, Shape? output, TapeInput[] inputs, params (string Name, double Value)[] settings)
    {
        float[][] values = [.. inputs.Select(Values)];
        OpCase c = new()
        {
            Op = op,
            Label = "",
            Inputs =
            [
                .. inputs.Zip(values, (input, given) => new CaseInput(
                    input.Name, input.Shape, () => [.. given.Select(value => (double)value)], input.Gradient, input.Ids > 0)),
            ],
            Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value),
            Run = static (_, x) => x,
            Reference = static x => x,
            Reason = "",
        };
        float[] cotangent = output is { } shape ? HashedData.Floats("cotangent", shape.Count) : [1];
        return new ProviderCase(c, new ProvidedOperands(values, [cotangent]));
    }

    private static float[] Values(TapeInput input) => input.Ids > 0
        ? [.. HashedData.Integers(input.Name, input.Shape.Count, input.Ids).Select(id => (float)id)]
        : HashedData.Floats(input.Name, input.Shape.Count, input.Scale);
}
