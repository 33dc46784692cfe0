using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Checks of the profile of a small training step, on any device.</summary>
internal static class ProfiledSteps
{
    private const int Vocabulary = 40;

    // Times in a trace are rounded to nanoseconds.
    private const double Rounding = 0.002;

    private static readonly string[] ForwardOnly = ["AdamW", "GradientNorm", "UniformNoise", "Slice"];

    private static readonly string[] BothWays =
    [
        "CausalAttention", "ConditionedLinear", "Embedding", "EnergyScore", "LayerNorm", "Linear", "RmsNorm",
        "RotaryEmbedding", "Silu", "SwiGlu",
    ];

    // A loss whose own gradient is 1 hands the one that it has made on: the host, which looks at it, computes nothing.
    private static readonly string[] HandedOn = ["EnergyScore"];

    private static RunConfig Config => new()
    {
        Autoencoder = new AutoencoderConfig
        {
            HiddenSize = 8, IntermediateSize = 12, LatentSize = 8, VocabSize = Vocabulary,
            BosTokenId = Vocabulary - 3, EosTokenId = Vocabulary - 2, PadTokenId = Vocabulary - 1,
        },
        Calm = new CalmConfig
        {
            HiddenSize = 8, IntermediateSize = 12, LatentSize = 8, VocabSize = Vocabulary, NumHiddenLayers = 1,
            NumAttentionHeads = 2, NumKeyValueHeads = 2, NumMlpLayers = 1, NoiseSize = 4, NumSamples = 2, NumTargets = 3,
            BosTokenId = Vocabulary - 3, EosTokenId = Vocabulary - 2, PadTokenId = Vocabulary - 1,
        },
        CalmTraining = new TrainingConfig { BatchSize = 2, ContextPatches = 4 },
    };

    /// <summary>Losses of steps, the last of them profiled or not.</summary>
    public static (double[] Losses, ProfiledStep? Last) Run(Device device, int steps, bool profiles)
    {
        using StepTimer timer = new(Config, device);
        double[] losses = new double[steps];
        for (int i = 0; i < steps - 1; i++)
        {
            losses[i] = timer.Step();
        }

        if (!profiles)
        {
            losses[^1] = timer.Step();
            return (losses, null);
        }

        ProfiledStep step = Profiler.Run(device, () => losses[^1] = timer.Step());
        return (losses, step);
    }

    /// <summary>Every op is there in both directions, and their times add up to no more than the step's.</summary>
    public static void Check(ProfiledStep step, bool onHost)
    {
        string[] got = [.. step.Calls.Where(IsOp).Select(call => $"{call.Op} {call.Direction}").Distinct().Order()];
        string[] wanted =
        [
            .. ForwardOnly.Concat(BothWays).Select(op => $"{op} Forward")
                .Concat(BothWays.Except(onHost ? HandedOn : []).Select(op => $"{op} Backward")).Order(),
        ];
        Assert.Equal(wanted, got);
        Assert.Contains(step.Calls, call => call is { Op: "Download", Direction: ProfileDirection.Transfer });
        Assert.All(step.Calls.SelectMany(call => call.Kernels), kernel => Assert.True(kernel.Seconds >= 0));
        Assert.InRange(step.Calls.Sum(call => call.Seconds), double.Epsilon, step.Seconds);
        double end = 0;
        foreach (ProfiledKernel kernel in step.Calls.SelectMany(call => call.Kernels))
        {
            Assert.InRange(kernel.Start, end, step.Seconds);
            end = kernel.Start + kernel.Seconds;
        }
    }

    /// <summary>The trace has an event for each step, call and kernel, the latter within the former.</summary>
    public static void CheckTrace(string path, IReadOnlyList<ProfiledStep> steps)
    {
        JsonElement[] events = Events(path);
        Assert.Equal(steps.Count, events.Count(e => Category(e) == "step"));
        Assert.Equal(
            steps.SelectMany(step => step.Calls).Select(call => call.Op),
            events.Where(e => Category(e) is "forward" or "backward" or "transfer")
                .Select(e => e.GetProperty("name").GetString()));
        Assert.Equal(
            steps.Sum(step => step.Calls.Sum(call => call.Kernels.Count)), events.Count(e => Category(e) == "kernel"));
        CheckNesting(events);
    }

    /// <summary>The events of a trace, each complete.</summary>
    public static JsonElement[] Events(string path)
    {
        using JsonDocument trace = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement[] events = [.. trace.RootElement.Clone().EnumerateArray()];
        Assert.All(events, e =>
        {
            Assert.Equal("X", e.GetProperty("ph").GetString());
            Assert.True(e.GetProperty("ts").GetDouble() >= 0 && e.GetProperty("dur").GetDouble() >= 0);
        });
        return events;
    }

    private static void CheckNesting(JsonElement[] events)
    {
        JsonElement step = events[0], call = events[0];
        foreach (JsonElement e in events)
        {
            switch (Category(e))
            {
                case "step":
                    step = e;
                    break;
                case "kernel":
                    AssertInside(e, call);
                    break;
                default:
                    AssertInside(e, step);
                    call = e;
                    break;
            }
        }
    }

    private static void AssertInside(JsonElement inner, JsonElement outer)
    {
        Assert.True(Start(inner) >= Start(outer) - Rounding, $"{inner} starts before {outer}");
        Assert.True(End(inner) <= End(outer) + Rounding, $"{inner} ends after {outer}");
    }

    private static bool IsOp(ProfiledCall call) => call.Direction != ProfileDirection.Transfer;

    private static string? Category(JsonElement e) => e.GetProperty("cat").GetString();

    private static double Start(JsonElement e) => e.GetProperty("ts").GetDouble();

    private static double End(JsonElement e) => Start(e) + e.GetProperty("dur").GetDouble();
}
