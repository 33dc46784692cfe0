using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Checks of the diffusion and flow heads, whose rows fixtures hold as [S, M].</summary>
internal static class GoldenDenoising
{
    // The fixture shrinks the last layer before it samples: random weights would blow the latents up.
    private const float LastLayerFactor = 0.1f;

    public static void RunTimeFeatures(GoldenCheck check)
    {
        int[] times = check.Fixture["in.t"].Integers;
        int size = (int)check.Fixture.Number("dim", TimeFeatures.Size);
        float[] table = TimeFeatures.Table(times.Max() + 1, size);
        check.Output("y", [.. times.SelectMany(t => table.Skip(t * size).Take(size)).Select(v => (double)v)]);
    }

    public static void RunDdpmTables(GoldenCheck check)
    {
        DdpmSchedule training = DdpmSchedule.Cosine(check.Fixture["out.train.betas"].Sizes[0]);
        DdpmSchedule sampling = training.Respaced(check.Fixture["out.gen.betas"].Sizes[0]);
        Compare(check, "train", training);
        Compare(check, "gen", sampling);
        check.Output("gen.map", [.. sampling.Times.Select(t => (double)t)]);
    }

    private static void Compare(GoldenCheck check, string name, DdpmSchedule schedule)
    {
        check.Output($"{name}.betas", schedule.Betas);
        check.Output($"{name}.ac", schedule.Cumulative);
        check.Output($"{name}.log_min", schedule.LogMin);
        check.Output($"{name}.log_max", schedule.LogMax);
        check.Output($"{name}.c_x0", schedule.LatentFactor);
        check.Output($"{name}.c_xt", schedule.NoisyFactor);
    }

    /// <summary>Checks loss and gradients.</summary>
    private static CalmModel RunTraining(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: true);
        FixtureTensor ids = check.Fixture["in.ids"];
        int[] labels = (check.Fixture.Has("in.labels") ? check.Fixture["in.labels"] : ids).Integers;
        CalmBatch batch = CalmBatches.Make(tape, ids.Integers, labels, ids.Sizes[0], model.Config.PatchSize, 0);
        GivenCalmNoise noise = new(check.Fixture);
        (Tensor mean, Tensor logStd) = CalmObjective.Targets(tape, model, batch);
        Tensor live = CalmObjective.Live(tape, batch, model.Hidden(tape, batch.Inputs));
        Tensor rows = model.Head.Loss(tape, live, mean, logStd, batch.Positions, noise).Draws;
        check.Output("per_row", FixtureTensor.Exchange(GoldenCheck.Doubles(rows), rows.Shape[0], rows.Shape[1]));
        LossTerm[] loss = CalmObjective.Loss(tape, model, batch, noise);
        check.Output("loss", loss[0].Value);
        tape.Backward(loss);
        GoldenModel.Gradients(check, model.Parameters);
        return model;
    }

    /// <summary>Draws of a head, one for each given condition.</summary>
    private static double[] Draw(GoldenCheck check, LatentHead head, float[] noise)
    {
        using Tape tape = new(check.Device, recording: false);
        Tensor condition = check.Input(tape, "cond");
        Tensor given = tape.From(noise, new Shape(condition.Rows, 1, noise.Length / condition.Rows));
        return GoldenCheck.Doubles(head.Draw(tape, condition, given));
    }

    public static void RunDiffusion(GoldenCheck check)
    {
        CalmModel model = RunTraining(check);
        Tensor last = model.Parameters.Parameters
            .Single(p => p.Parts[0].Name == LatentHead.Prefix + "net.final_layer.linear.weight").Value;
        last.CopyFrom(last.ToArray().Select(weight => LastLayerFactor * weight).ToArray());
        check.Output("sample", Draw(check, model.Head, Noise(check.Fixture)));
    }

    /// <summary>For each draw its start, then the noise of every step but the last, which has none.</summary>
    private static float[] Noise(Fixture fixture)
    {
        FixtureTensor start = fixture["in.x_init"];
        FixtureTensor fresh = fixture["in.step_noise"];
        int size = start.Sizes[1];
        return
        [
            .. Enumerable.Range(0, start.Sizes[0]).SelectMany(row => Enumerable.Range(0, fresh.Sizes[0])
                .SelectMany(step => (step == 0 ? start : fresh.Slice(step - 1)).Floats.Skip(row * size).Take(size))),
        ];
    }

    public static void RunFlow(GoldenCheck check)
    {
        CalmModel model = RunTraining(check);
        float[] noise = check.Fixture["in.x_init"].Floats;
        check.Output("sample_midpoint", Draw(check, model.Head, noise));
        ParameterSet parameters = new();
        FlowHead euler = new(parameters, model.Config with { FlowSolver = FlowSolver.Euler });
        GoldenModel.Fill(parameters, check.Device, GoldenModel.Lender(check), trainable: false);
        check.Output("sample_euler", Draw(check, euler, noise));
    }
}
