using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The random numbers of a CALM step from a fixture, [S, M, ..] and [targets, M, L].</summary>
internal sealed class GivenCalmNoise(Fixture fixture, int? step = null) : ICalmNoise
{
    public Tensor HeadNoise(Tape tape, Tensor positions) => Exchanged(tape, "noise");

    public TargetNoise TargetNoise(Tape tape, Tensor positions) => new(default, Exchanged(tape, "eps"));

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

internal static class GoldenCalmEnergy
{
    public static void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: true);
        FixtureTensor ids = check.Fixture["in.ids"];
        CalmBatch batch = CalmBatches.Make(
            tape, ids.Integers, check.Fixture["in.labels"].Integers, ids.Sizes[0], model.Config.PatchSize, 0);
        GivenCalmNoise noise = new(check.Fixture);
        (Tensor mean, Tensor logStd) = CalmObjective.Targets(tape, model, batch);
        Tensor hidden = model.Hidden(tape, batch.Inputs);
        Tensor live = CalmObjective.Live(tape, batch, hidden);
        Tensor drawn = model.Head.Draw(tape, live, noise.HeadNoise(tape, batch.Positions));
        LossTerm[] loss = CalmObjective.Loss(tape, model, batch, noise);
        check.Output("loss", loss[0].Value);
        check.Output("hidden", hidden);
        check.Output("target_mean", mean);
        check.Output("target_log_std", logStd);
        check.Compare("out.draws", FixtureTensor.Exchange(GoldenCheck.Doubles(drawn), drawn.Shape[0], drawn.Shape[1]));
        tape.Backward(loss);
        GoldenModel.Gradients(check, model.Parameters);
    }
}
