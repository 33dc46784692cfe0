using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Checks a discrete model: loss, gradients, logits, and Brier scores from given uniform numbers.</summary>
internal static class GoldenAr
{
    public static void Run(GoldenCheck check)
    {
        Fixture lender = GoldenModel.Lender(check);
        ArModel model = Model(check, lender);
        using Tape tape = new(check.Device);
        FixtureTensor ids = check.Fixture["in.ids"];
        ArBatch batch = ArBatch.Make(tape, ids.Integers, check.Fixture["in.labels"].Integers, ids.Sizes[0]);
        Tensor loss = ArObjective.Loss(tape, model, batch);
        check.Output("loss", loss);
        tape.Backward(loss);
        GoldenModel.Gradients(check, model.Parameters);
        if (model.Config.TieWordEmbeddings && check.Fixture.Has($"grad.{ArModel.OutputName}"))
        {
            check.Gradient(ArModel.OutputName, model.OutputTable);
        }

        Logits(check, model);
        Brier(check, model);
    }

    /// <summary>The model of a fixture.</summary>
    public static ArModel Model(GoldenCheck check, Fixture lender)
    {
        ArModel model = new(lender.Config<ArConfig>("config"));
        GoldenModel.Fill(model.Parameters, check.Device, lender);
        return model;
    }

    /// <summary>Compares the logits of all positions.</summary>
    public static void Logits(GoldenCheck check, ArModel model)
    {
        using Tape tape = new(check.Device, recording: false);
        check.Output("logits", model.Logits(tape, model.Hidden(tape, check.Integers(tape, "ids"))));
    }

    private static void Brier(GoldenCheck check, ArModel model)
    {
        if (!check.Fixture.Has("in.brier_ids"))
        {
            return;
        }

        FixtureTensor ids = check.Fixture["in.brier_ids"];
        BrierTotals totals = new();
        using ArBrierEvaluator evaluator = new(model, check.Device, BrierEstimator.Published);
        evaluator.Score(
            ids.Integers, ids.Sizes[0], 1, new GivenUniforms(check.Fixture["in.brier_u"]),
            (sequence, _, scores) => totals.Add(sequence, scores));
        BrierTotals.Result result = totals.Summarise(BrierEstimator.Published);
        check.Output("brier", result.Brier);
        check.Output("brier_lm", result.BrierLm);
    }

    /// <summary>[start, step, draw, sequence].</summary>
    private sealed class GivenUniforms(FixtureTensor u) : IArUniforms
    {
        public double At(int start, int step, int draw, int sequence) =>
            u.Values[((start * u.Sizes[1] + step) * u.Sizes[2] + draw) * u.Sizes[3] + sequence];
    }
}
