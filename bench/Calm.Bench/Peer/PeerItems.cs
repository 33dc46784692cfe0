using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>Makes items of their descriptions, which come from bench/peers/items.py.</summary>
internal static class PeerItems
{
    /// <summary>Creates an item to time.</summary>
    public static IPeerItem Create(HostDevice host, JsonNode item) => (string?)item["op"] switch
    {
        "step" => new StepItem(host, (string)item["preset"]!),
        "ar-step" => new ArStepItem(host, (string)item["preset"]!),
        "generate" => new GenerationItem(host, item),
        _ => (IPeerItem)CreateOp(host, item),
    };

    /// <summary>Creates an item to check.</summary>
    public static IPeerCheck CreateCheck(HostDevice host, JsonNode item) => (string?)item["op"] switch
    {
        "step" => new StepCheck(host, (string)item["preset"]!),
        "ar-step" => new ArStepItem(host, (string)item["preset"]!),
        "generate" => new GenerationItem(host, item),
        _ => CreateOp(host, item),
    };

    private static IPeerCheck CreateOp(HostDevice host, JsonNode item)
    {
        int Size(string key) => (int)item[key]!;
        switch ((string?)item["op"])
        {
            case "gemm":
                return new GemmItem(host, (string)item["form"]!, Size("m"), Size("n"), Size("k"));
            case "adamw":
                return new AdamWItem(host, [.. item["shapes"]!.AsArray().Select(s => ((int)s![0]!, (int)s[1]!))]);
            case "rmsnorm":
                (int rows, int columns) = (Size("rows"), Size("columns"));
                return new TapeItem(
                    host, [new("x", new Shape(rows, columns)), new("weight", new Shape(columns))],
                    (tape, x) => RmsNorm.Apply(tape, x[0], x[1]));
            case "layernorm":
                (rows, columns) = (Size("rows"), Size("columns"));
                return new TapeItem(
                    host,
                    [new("x", new Shape(rows, columns)), new("weight", new Shape(columns)), new("bias", new Shape(columns))],
                    (tape, x) => LayerNorm.Apply(tape, x[0], x[1], x[2]));
            case "swiglu":
                return new TapeItem(
                    host, [new("x", new Shape(Size("rows"), 2 * Size("columns")))], (tape, x) => SwiGlu.Apply(tape, x[0]));
            case "cross-entropy":
                return new TapeItem(
                    host,
                    [
                        new("x", new Shape(Size("rows"), Size("classes")), Scale: 4),
                        new("targets", new Shape(Size("rows")), Ids: Size("classes")),
                    ],
                    (tape, x) => CrossEntropy.Apply(tape, x[0], x[1]));
            case "rope":
                int heads = Size("heads");
                RotaryTable table = new(host, Size("positions"), Size("head"));
                return new TapeItem(
                    host, [Fused(item, 2)], (tape, x) => RotaryEmbedding.ApplyInPlace(tape, x[0], table, 2 * heads));
            case "attention":
                heads = Size("heads");
                return new TapeItem(host, [Fused(item, 3)], (tape, x) => CausalAttention.Apply(tape, x[0], heads, heads));
            case "energy":
                return Energy(host, item);
            default:
                throw new UsageException($"{PeerCommand.Name}: {item.ToJsonString()} is no item.");
        }
    }

    /// <summary>Queries, keys and perhaps values side by side, as a step has them.</summary>
    private static TapeInput Fused(JsonNode item, int parts) => new(
        "x", new Shape((int)item["batch"]!, (int)item["positions"]!, parts * (int)item["heads"]! * (int)item["head"]!));

    private static TapeItem Energy(HostDevice host, JsonNode item)
    {
        (int positions, int draws) = ((int)item["positions"]!, (int)item["draws"]!);
        (int targets, int latent) = ((int)item["targets"]!, (int)item["latent"]!);
        TapeInput[] inputs =
        [
            new("x", new Shape(positions, draws, latent)),
            new("mean", new Shape(positions, latent), Gradient: false),
            new("log-std", new Shape(positions, latent), Gradient: false),
        ];
        if ((string?)item["noise"] == "given")
        {
            inputs = [.. inputs, new("noise", new Shape(positions, targets, latent), Gradient: false)];
            return new TapeItem(host, inputs, (tape, x) => EnergyScore.Apply(tape, x[0], x[1], x[2], x[3]));
        }

        int[] places = [.. Enumerable.Range(0, positions)];
        return new TapeItem(host, inputs, (tape, x) => EnergyScore.Apply(
            tape, x[0], x[1], x[2], tape.FromIntegers(places, new Shape(positions)), RandomStreams.TargetNoise(1, 1), targets));
    }
}
