using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The randomness of a CALM step as a fixture gives it, [S, M, ..] and [targets, M, L].</summary>
internal sealed class GivenCalmNoise(Fixture fixture, int? step, float exponent) : ICalmNoise
{
    public Tensor HeadNoise(Tape tape, Tensor positions) => Exchanged(tape, "noise");

    public Tensor Score(Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions) =>
        EnergyScore.Apply(tape, draws, mean, logStd, Exchanged(tape, "eps"), exponent);

    public DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions)
    {
        FixtureTensor eps = fixture["in.eps"]; // [S, M, L], and the other arrays are flat over S and M
        int draws = eps.Sizes[0];
        FixtureTensor noise = (fixture["in.noise"] with { Sizes = eps.Sizes }).Exchanged();
        double[] times = FixtureTensor.Exchange(fixture["in.t"].Values, draws, eps.Sizes[1]);
        Tensor places = DenoisingRows.Places(tape, eps.Sizes[1], draws);
        Shape shape = new(draws * eps.Sizes[1], eps.Sizes[2]);
        Tensor latents = Reparameterise.Apply(
            tape, Embedding.Apply(tape, places, mean), Embedding.Apply(tape, places, logStd),
            tape.From(eps.Exchanged().Floats, shape));
        bool isStep = fixture["in.t"].IsInteger;
        return new DenoisingRows(
            places, latents, tape.From(noise.Floats, shape),
            [.. times.Select(t => (float)(isStep ? (t + 0.5) / DenoisingNet.Times : t))]);
    }

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
