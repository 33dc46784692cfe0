using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The parameters of a fixture as weights of a model.</summary>
internal sealed class FixtureWeights(Fixture fixture) : IWeightSource
{
    public long Count => long.MaxValue;

    public string Where => fixture.Name;

    public IReadOnlyList<long>? SizesOf(string name) =>
        fixture.Has($"param.{name}") ? [.. fixture[$"param.{name}"].Sizes.Select(size => (long)size)] : null;

    public float[] Read(string name) => fixture[$"param.{name}"].Floats;
}

/// <summary>Functions for fixtures of models.</summary>
internal static class GoldenModel
{
    /// <summary>Allocates a set of parameters and fills it from a fixture.</summary>
    public static void Fill(ParameterSet parameters, Device device, Fixture source, bool trainable = true)
    {
        parameters.Allocate(device, trainable);
        Weights.Load(parameters, new FixtureWeights(source));
    }

    /// <summary>The fixture that holds the parameters: this one, or the one that it names.</summary>
    public static Fixture Lender(GoldenCheck check) =>
        check.Fixture.Attributes.TryGetProperty("params_from", out var lender) && lender.GetString() is { } name
        && name != check.Fixture.Name
            ? check.Set.Load(name)
            : check.Fixture;

    /// <summary>The CALM model of a fixture.</summary>
    public static CalmModel Calm(GoldenCheck check, Fixture lender, bool trainable)
    {
        ParameterSet frozen = new();
        Autoencoder autoencoder = new(frozen, lender.Config<AutoencoderConfig>("ae_config"), "ae_model.");
        CalmConfig config = lender.Config<CalmConfig>("config");
        HeadKind head = PublishedCheckpoint.HeadOf(new FixtureWeights(lender));
        CalmModel model = new(config with { Head = head, LatentBound = 0 }, autoencoder); // as published
        Fill(frozen, check.Device, lender, trainable: false);
        Fill(model.Parameters, check.Device, lender, trainable);
        return model;
    }

    /// <summary>Compares the gradients of all parameters that the fixture expects.</summary>
    public static void Gradients(GoldenCheck check, ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.Parameters)
        {
            Tensor? gradient = parameter.Value.Gradient;
            foreach (Parameter.Part part in parameter.Parts.Where(p => check.Fixture.Has($"grad.{p.Name}")))
            {
                double[] got = gradient is null
                    ? new double[part.Shape.Count]
                    : GoldenCheck.Doubles(gradient.Slice(part.Start, part.Shape));
                check.Compare($"grad.{part.Name}", got);
            }
        }
    }

    /// <summary>Checks a block of the transformer.</summary>
    public static void RunLlamaBlock(GoldenCheck check)
    {
        CalmConfig config = check.Fixture.Config<CalmConfig>("config");
        ParameterSet parameters = new();
        TransformerBlock block = new(parameters, config, "");
        Fill(parameters, check.Device, check.Fixture);
        check.Op("y", tape =>
        {
            Tensor x = check.Input(tape, "x");
            return block.Apply(tape, x, new RotaryTable(check.Device, x.Shape[1], config.HeadSize, config.RopeTheta));
        }, compareMore: () => Gradients(check, parameters));
    }

    /// <summary>Checks a draw of the energy head.</summary>
    public static void RunEnergyHead(GoldenCheck check)
    {
        ParameterSet parameters = new();
        EnergyHead head = new(parameters, check.Fixture.Config<CalmConfig>("config"), "");
        Fill(parameters, check.Device, check.Fixture);
        check.Op(
            "y", tape => head.Draw(tape, check.Input(tape, "hidden"), check.Input(tape, "noise", FixtureLayout.Draws)),
            FixtureLayout.Draws, () => Gradients(check, parameters));
    }
}
