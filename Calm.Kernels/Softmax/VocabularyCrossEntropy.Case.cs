using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class VocabularyCrossEntropyCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int width, int vocabulary) in new[]
                 {
                     (1, 1, 1), (1, 3, 2), (5, 8, 31), (3, 33, 32), (31, 5, 33), (33, 16, 257), (2, 257, 9),
                     (15, 16, 127), (16, 15, 128), (17, 17, 129), (63, 4, 63), (65, 3, 64), (2, 5, 255), (3, 4, 256),
                 })
        {
            yield return Case(rows, width, vocabulary);
        }

        yield return Case(7, 6, 20, scale: 4, ignores: row => row % 3 == 0);
        yield return Case(4, 5, 6, ignores: _ => true);
        yield return Case(5, 4, 12, isTwice: true, ignores: row => row == 2);

        // More rows than the logits of one chunk.
        yield return Case(130, 8, 16400, ignores: row => row % 50 == 7);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Case(sizes.Rows, sizes.DecoderHidden, sizes.Vocabulary)];

    public CaseSweep Sweep => new(
        nameof(VocabularyCrossEntropy), [new("rows", 256), new("width", 128), new("vocabulary", 4096)],
        n => Case(n[0], n[1], n[2]));

    private static OpCase Case(
        int rows, int width, int vocabulary, float scale = 1, Func<int, bool>? ignores = null, bool isTwice = false)
    {
        CaseData data = new(21);
        double product = 2.0 * rows * width * vocabulary;
        double softmax = (Operations.Exponential + 4) * rows * vocabulary;
        double bytes = 4.0 * (rows + vocabulary) * width;
        return new OpCase
        {
            Op = nameof(VocabularyCrossEntropy),
            Label = $"[{rows}, {width}] of {vocabulary}" + (scale != 1 ? $" times {scale}" : "")
                + (ignores is null ? "" : ", ignoring") + (isTwice ? ", twice" : ""),
            Inputs =
            [
                data.Normal("hidden", new Shape(rows, width)),
                data.Normal("embedding", new Shape(vocabulary, width), 2 / Math.Sqrt(width)),
                CrossEntropyCases.Targets(data, rows, vocabulary, ignores),
            ],
            Settings = new Dictionary<string, double> { ["scale"] = scale, ["calls"] = isTwice ? 2 : 1 },
            Run = (tape, x) => isTwice ? [Apply(tape, x), Apply(tape, x)] : [Apply(tape, x)],
            Reference = x => isTwice ? [Reference(x), Reference(x)] : [Reference(x)],
            GradientTolerance = 2e-5,
            RoundsOperands = true,
            Reason = "An error of a logit is one of its softmax: a few ulp of the greatest logit, here about 10.",
            Forward = new Cost(3 * product + softmax, 3 * bytes),
        };

        Tensor Apply(Tape tape, Tensor[] x) => VocabularyCrossEntropy.Apply(tape, x[0], x[1], x[2], scale);

        double[] Reference(double[][] x) => [VocabularyCrossEntropy.Reference(x[0], x[1], x[2], width, scale)];
    }
}
