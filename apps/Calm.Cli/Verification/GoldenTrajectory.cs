using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Checks ten steps of AdamW: losses, gradient norms, and final parameters.</summary>
internal static class GoldenTrajectory
{
    private const double ClipNorm = 1;

    public static void Run(GoldenCheck check)
    {
        Fixture lender = GoldenModel.Lender(check);
        switch (lender.Op)
        {
            case "autoencoder":
                RunAutoencoder(check, lender);
                break;
            case "calm_energy":
                RunCalm(check, lender);
                break;
            case "ar_llama":
                RunAr(check, lender);
                break;
            default:
                throw new NotSupportedException($"{check.Fixture.Name}: trajectories of {lender.Op}.");
        }
    }

    private static void RunAutoencoder(GoldenCheck check, Fixture lender)
    {
        AutoencoderConfig config = lender.Config<AutoencoderConfig>("config");
        Autoencoder model = new(new ParameterSet(), config);
        GoldenModel.Fill(model.Parameters, check.Device, lender);
        Train(check, model.Parameters, (tape, step) =>
        {
            FixtureTensor ids = check.Fixture["in.ids"].Slice(step);
            AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(
                tape, model, tape.FromIntegers(ids.Integers, GoldenCheck.ShapeOf(ids)),
                new GivenAutoencoderNoise(check.Fixture, step, config.AeDropout, masks: true));
            return [terms.CrossEntropy, terms.Kl];
        });
    }

    private static void RunCalm(GoldenCheck check, Fixture lender)
    {
        CalmModel model = GoldenModel.Calm(check, lender, trainable: true);
        Train(check, model.Parameters, (tape, step) =>
        {
            FixtureTensor ids = check.Fixture["in.ids"].Slice(step);
            CalmBatch batch = CalmBatches.Make(
                tape, ids.Integers, ids.Integers, ids.Sizes[0], model.Config.PatchSize, 0);
            return CalmObjective.Loss(tape, model, batch, new GivenCalmNoise(check.Fixture, step));
        });
    }

    private static void RunAr(GoldenCheck check, Fixture lender)
    {
        ArModel model = GoldenAr.Model(check, lender);
        Train(check, model.Parameters, (tape, step) =>
        {
            FixtureTensor ids = check.Fixture["in.ids"].Slice(step);
            return [ArObjective.Loss(tape, model, ArBatch.Make(tape, ids.Integers, ids.Integers, ids.Sizes[0]))];
        });
    }

    private static void Train(GoldenCheck check, ParameterSet parameters, Func<Tape, int, LossTerm[]> losses)
    {
        int steps = check.Fixture["in.ids"].Sizes[0];
        AdamWOptimizer optimizer = new(check.Device, parameters, new AdamW.Options());
        double[] loss = new double[steps];
        double[] norm = new double[steps];
        using Tape tape = new(check.Device);
        for (int step = 0; step < steps; step++)
        {
            parameters.ForgetGradients();
            LossTerm[] terms = losses(tape, step);
            loss[step] = LossTerm.Sum(terms);
            tape.Backward(terms);
            norm[step] = optimizer.GradientNorm(tape);
            optimizer.Step(check.Fixture.Number("lr"), norm[step], ClipNorm);
            tape.Reset();
        }

        check.Output("loss", loss);
        check.Output("grad_norm", norm);
        Dictionary<string, float[]> final = Weights.Read(parameters).ToDictionary(w => w.Name, w => w.Values);
        check.Output("param_norm",
        [
            .. check.Fixture.Attributes.GetProperty("order").EnumerateArray()
                .Select(name => Math.Sqrt(final[name.GetString()!].Sum(v => (double)v * v))),
        ]);
        foreach (string name in check.Fixture.WithPrefix("out.final.").Keys)
        {
            check.Output($"final.{name}", [.. final[name].Select(v => (double)v)]);
        }
    }
}
