using Calm.Runtime;

namespace Calm.Cli;

internal static class GoldenCalmBrier
{
    public static void Run(GoldenCheck check)
    {
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: false);
        FixtureTensor ids = check.Fixture["in.ids"];
        BrierTotals totals = new();
        using BrierEvaluator evaluator = new(model, check.Device, BrierEstimator.Published);
        int[] drawn = evaluator.Score(
            ids.Integers, ids.Sizes[0], new GivenNoise(check.Fixture), (sequence, _, scores) => totals.Add(sequence, scores));
        BrierTotals.Result result = totals.Summarise(BrierEstimator.Published);
        check.Output("brier", result.Brier);
        check.Output("brier_lm", result.BrierLm);
        double[] tokens = [.. drawn.Select(id => (double)id)];
        int positions = check.Fixture["out.tokens"].Sizes[1];
        check.Output("tokens", FixtureTensor.Exchange(tokens, positions, 2));
    }

    private sealed class GivenNoise(Fixture fixture) : IBrierNoise
    {
        public Tensor Teacher(Tape tape, int positions, int draws) =>
            From(tape, fixture["in.noise"].Exchanged());

        public Tensor Roll(Tape tape, int start, int step, int sequences) =>
            From(tape, fixture["in.roll_noise"].Slice(start).Slice(step - 1).Exchanged());

        private static Tensor From(Tape tape, FixtureTensor noise) => tape.From(noise.Floats, GoldenCheck.ShapeOf(noise));
    }
}

/// <summary>A few patches from a prompt; the end token does not stop these.</summary>
internal static class GoldenCalmGenerate
{
    public static void Run(GoldenCheck check)
    {
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: false);
        FixtureTensor prompt = check.Fixture["in.prompt"];
        int sequences = prompt.Sizes[0];
        int steps = check.Fixture["in.u"].Sizes[0];
        int patchSize = model.Config.PatchSize;
        int agreement = (int)check.Fixture.Number("n");
        int candidates = (int)check.Fixture.Number("N");
        GivenNoise noise = new(check.Fixture);

        List<int>[] texts = [.. Enumerable.Range(0, sequences).Select(s => prompt.Slice(s).Integers.ToList())];
        List<double> pools = [];
        using CalmGenerator generator = new(model, check.Device, sequences, prompt.Sizes[1] / patchSize + steps);
        generator.Read(prompt.Integers);
        for (int step = 0; step < steps; step++)
        {
            int[] next = generator.Next(agreement, candidates, noise);
            pools.AddRange(generator.DecodeCandidates().Select(id => (double)id));
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                texts[sequence].AddRange(next.Skip(sequence * patchSize).Take(patchSize));
            }

            generator.Read(next);
        }

        check.Output("candidates", [.. pools]);
        check.Output("ids", [.. texts.SelectMany(text => text.Select(id => (double)id))]);
    }

    private sealed class GivenNoise(Fixture fixture) : IGenerationNoise
    {
        public Tensor HeadNoise(Tape tape, int patch, int sequences, int candidates)
        {
            FixtureTensor noise = fixture["in.noise"].Slice(patch);
            return tape.From(noise.Floats, GoldenCheck.ShapeOf(noise));
        }

        public double Choice(int patch, int sequence) => fixture["in.u"].Slice(patch).Values[sequence];
    }
}
