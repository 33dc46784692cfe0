using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The checks of golden fixtures.</summary>
internal static class GoldenOps
{
    /// <summary>The check of each kind of fixture, by the name that the manifest has for it.</summary>
    public static IReadOnlyDictionary<string, Action<GoldenCheck>> All { get; } = new Dictionary<string, Action<GoldenCheck>>
    {
        ["linear"] = c => c.Op("y", tape => Linear.Apply(
            tape, c.Input(tape, "x"), c.Input(tape, "weight"), c.Fixture.Has("in.bias") ? c.Input(tape, "bias") : null)),
        ["rmsnorm"] = c => c.Op("y", tape => RmsNorm.Apply(
            tape, c.Input(tape, "x"), c.Input(tape, "weight"), (float)c.Fixture.Number("eps"))),
        ["layernorm"] = c => c.Op("y", tape => LayerNorm.Apply(
            tape, c.Input(tape, "x"), c.Input(tape, "weight"), c.Input(tape, "bias"), (float)c.Fixture.Number("eps"))),
        ["layernorm_noaffine"] = c => c.Op("y", tape => LayerNorm.Apply(
            tape, c.Input(tape, "x"), null, null, (float)c.Fixture.Number("eps"))),
        ["silu"] = c => c.Op("y", tape => Silu.Apply(tape, c.Input(tape, "x"))),
        ["swiglu"] = RunSwiGlu,
        ["embedding"] = c => c.Op("y", tape => Embedding.Apply(
            tape, c.Integers(tape, "ids"), c.Input(tape, "weight"), (int)c.Fixture.Number("padding_idx", -1))),
        ["softmax_cross_entropy"] = c => c.Op("loss", tape => CrossEntropy.Apply(
            tape, c.Input(tape, "logits"), c.Integers(tape, "target"))),
        ["dropout_mask"] = c => c.Op("y", tape => Dropout.Apply(
            tape, c.Input(tape, "x"), (float)c.Fixture.Number("p"), c.Input(tape, "keep"))),
        ["reparameterise"] = c => c.Op("y", tape => Reparameterise.Apply(
            tape, c.Input(tape, "mean"), c.Input(tape, "log_std"), c.Input(tape, "eps"))),
        ["kl_clamped"] = c => c.Op("loss", tape => ClampedKl.Apply(
            tape, c.Input(tape, "mean"), c.Input(tape, "log_std"), (float)c.Fixture.Number("floor"))),
        ["rope"] = RunRope,
        ["causal_attention"] = RunCausalAttention,
        ["energy_loss"] = c => c.Op("loss", tape => EnergyScore.Apply(
            tape, c.Input(tape, "x", FixtureLayout.Draws), c.Input(tape, "mean"), c.Input(tape, "log_std"),
            c.Input(tape, "eps", FixtureLayout.Draws), (float)c.Fixture.Number("beta"))),
        ["energy_terms"] = RunEnergyTerms,

        ["adamw"] = GoldenOptimizer.RunAdamW,
        ["clip_grad_norm"] = GoldenOptimizer.RunClip,

        ["timestep_features"] = GoldenDenoising.RunTimeFeatures,
        ["ddpm_tables"] = GoldenDenoising.RunDdpmTables,
        ["calm_diffusion"] = GoldenDenoising.RunDiffusion,
        ["calm_flow"] = GoldenDenoising.RunFlow,

        ["brier_from_samples"] = GoldenSampling.RunBrier,
        ["approx_temperature_distribution"] = c => c.Output("prob", BatchTemperatureLaw.Enumerate(
            c.Fixture["in.p"].Values, (int)c.Fixture.Number("n"), (int)c.Fixture.Number("N"))),
        ["approx_temperature_pick"] = GoldenSampling.RunPick,
        ["rejection_temperature_distribution"] = GoldenSampling.RunExactTemperature,

        ["llama_block"] = GoldenModel.RunLlamaBlock,
        ["energy_head"] = GoldenModel.RunEnergyHead,
        ["autoencoder"] = GoldenAutoencoder.Run,
        ["calm_energy"] = GoldenCalmEnergy.Run,
        ["calm_brier"] = GoldenCalmBrier.Run,
        ["calm_generate"] = GoldenCalmGenerate.Run,
        ["ar_llama"] = GoldenAr.Run,
        ["training_trajectory"] = GoldenTrajectory.Run,
        ["checkpoint"] = GoldenCheckpoint.Run,
    };

    /// <summary>The whole gated layer, with gate and up stacked as models have them.</summary>
    private static void RunSwiGlu(GoldenCheck check)
    {
        FixtureTensor gate = check.Fixture["in.gate"];
        Tensor? gateUp = null;
        check.Op("y", tape =>
        {
            float[] stacked = [.. gate.Floats, .. check.Fixture["in.up"].Floats];
            gateUp = tape.From(stacked, new Shape(2 * gate.Sizes[0], gate.Sizes[1]));
            gateUp.RequiresGradient = true;
            Tensor inner = SwiGlu.Apply(tape, Linear.Apply(tape, check.Input(tape, "x"), gateUp));
            return Linear.Apply(tape, inner, check.Input(tape, "down"));
        }, compareMore: () =>
        {
            double[] gradient = GoldenCheck.Doubles(gateUp!.Gradient!);
            check.Compare("grad.gate", gradient[..gate.Values.Length]);
            check.Compare("grad.up", gradient[gate.Values.Length..]);
        });
    }

    private static void RunRope(GoldenCheck check)
    {
        int[] sizes = check.Fixture["in.x"].Sizes;
        int start = (int)check.Fixture.Number("start");
        RotaryTable table = new(check.Device, start + sizes[2], sizes[3], check.Fixture.Number("theta"));
        FixtureLayout layout = FixtureLayout.Heads(sizes[1]);
        check.Op(
            "y", tape => RotaryEmbedding.ApplyInPlace(tape, check.Input(tape, "x", layout), table, sizes[1], start), layout);
    }

    private static void RunCausalAttention(GoldenCheck check)
    {
        int heads = (int)check.Fixture.Number("heads");
        int keyValueHeads = (int)check.Fixture.Number("kv_heads");
        (FixtureLayout queries, FixtureLayout keys) = (FixtureLayout.Heads(heads), FixtureLayout.Heads(keyValueHeads));
        check.Op("y", tape => CausalAttention.Apply(
            tape, check.Input(tape, "q", queries), check.Input(tape, "k", keys), check.Input(tape, "v", keys), heads,
            keyValueHeads, (int)check.Fixture.Number("q_start")), queries);
    }

    private static void RunEnergyTerms(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        int positions = check.Fixture["in.x"].Sizes[1];
        Tensor x = check.Input(tape, "x", FixtureLayout.Draws);
        Tensor y = check.Input(tape, "y", FixtureLayout.Draws);
        Tensor terms = EnergyTerms.Apply(tape, x, y, (float)check.Fixture.Number("beta"));
        double[] got = GoldenCheck.Doubles(terms);
        check.Compare("out.spread", got[..positions]);
        check.Compare("out.fit", got[positions..]);
        terms.SetGradient(tape.From(
            [.. check.Fixture["cot.spread"].Floats, .. check.Fixture["cot.fit"].Floats], terms.Shape));
        tape.Backward();
        check.InputGradients();
    }
}
