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

/// <summary>Checks generation of a few patches from a prompt. The end token does not stop it.</summary>
internal static class GoldenCalmGenerate
{
    public static void Run(GoldenCheck check)
    {
        CalmModel model = GoldenModel.Calm(check, GoldenModel.Lender(check), trainable: false);
        FixtureTensor prompt = check.Fixture["in.prompt"];
        int steps = check.Fixture["in.u"].Sizes[0];
        int candidates = (int)check.Fixture.Number("N");
        BatchSampler sampler = new((int)check.Fixture.Number("n"), candidates);
        using CalmGenerator generator = new(model, check.Device);
        int[][] texts = [.. Enumerable.Range(0, prompt.Sizes[0]).Select(s => prompt.Slice(s).Integers)];
        CalmSequence[] sequences =
            [.. texts.Select((_, s) => generator.Begin(sampler, new GivenNoise(check.Fixture, s), capacity: 1))];
        int[][] unread = texts;
        List<double> pools = [];
        for (int step = 0; step < steps; step++)
        {
            foreach ((CalmSequence sequence, int[] ids) in sequences.Zip(unread))
            {
                generator.Read(sequence, ids);
                pools.AddRange(generator.Candidates(sequence, 0, candidates).Select(id => (double)id));
            }

            unread = [.. generator.Next(sequences).Select(patch => patch.Tokens)];
            texts = [.. texts.Zip(unread, (text, patch) => (int[])[.. text, .. patch])];
        }

        check.Output("candidates", [.. pools]);
        check.Output("ids", [.. texts.SelectMany(text => text.Select(id => (double)id))]);
    }

    private sealed class GivenNoise(Fixture fixture, int sequence) : IGenerationNoise
    {
        public Tensor Draws(Tape tape, int patch, int first, int count)
        {
            FixtureTensor noise = fixture["in.noise"].Slice(patch).Slice(sequence);
            int size = noise.Sizes[1];
            return tape.From(noise.Floats.AsSpan(first * size, count * size), new Shape(count, size));
        }

        public ChoiceNoise Choice(int patch) => new(fixture["in.u"].Slice(patch).Values[sequence], default, default);
    }
}
