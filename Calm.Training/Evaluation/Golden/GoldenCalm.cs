using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The randomness of a CALM step as a fixture gives it, [S, M, ..] and [targets, M, L].</summary>
internal sealed class GivenCalmNoise(Fixture fixture, int? step, float exponent) : ICalmNoise
{
    public Tensor HeadNoise(Tape tape, Tensor positions) => Exchanged(tape, "noise");

    public Tensor Score(Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions) =>
        EnergyScore.Apply(tape, draws, mean, logStd, Exchanged(tape, "eps"), exponent);

    private Tensor Exchanged(Tape tape, string name)
    {
        FixtureTensor whole = fixture[$"in.{name}"];
        FixtureTensor given = (step is { } at ? whole.Slice(at) : whole).Exchanged();
        return tape.From(given.Floats, GoldenCheck.ShapeOf(given));
    }
}

internal sealed class GoldenCalmEnergy : IGoldenOp
{
    public string Op => "calm_energy";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: true);
        FixtureTensor ids = check.Fixture["in.ids"];
        CalmBatch batch = CalmBatches.Make(
            tape, ids.Integers, check.Fixture["in.labels"].Integers, ids.Sizes[0], model.Config.PatchSize, 0);
        CalmObjective.Terms terms = CalmObjective.Loss(
            tape, model, batch, new GivenCalmNoise(check.Fixture, null, model.Config.Beta));
        check.Output("loss", terms.Loss);
        check.Output("hidden", terms.Hidden);
        check.Output("target_mean", terms.TargetMean);
        check.Output("target_log_std", terms.TargetLogStd);
        Shape draws = terms.Draws.Shape;
        check.Compare("out.draws", FixtureTensor.Exchange(GoldenCheck.Doubles(terms.Draws), draws[0], draws[1]));
        tape.Backward(terms.Loss);
        GoldenModel.Gradients(check, model.Parameters);
    }
}
