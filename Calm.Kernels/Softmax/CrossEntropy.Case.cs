using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class CrossEntropyCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int vocabulary) in new[]
                 {
                     (1, 1), (1, 2), (3, 31), (2, 32), (5, 33), (31, 16), (3, 257), (130, 64), (256, 1024),
                     (15, 15), (16, 17), (17, 5), (2, 127), (1, 128), (2, 129), (2, 255), (1, 256), (127, 3), (129, 4),
                 })
        {
            yield return Case(rows, vocabulary);
        }

        yield return Case(6, 9, scale: 4);
        yield return Case(7, 20, ignores: row => row % 3 == 0);
        yield return Case(4, 5, ignores: _ => true);
        yield return Case(5, 12, isTwice: true, ignores: row => row == 2);
        yield return Case(4, 40, spread: 4000) with
        {
            Label = "[4, 40] up to 1e4",
            Reason = "The loss is a difference of logits of 1e4, each exact: its own rounding is all.",
        };
    }

    public CaseSweep Sweep => new(nameof(CrossEntropy), [new("rows", 256), new("vocabulary", 1024)], n => Case(n[0], n[1]));

    /// <summary>Targets below <paramref name="vocabulary"/>, -100 where <paramref name="ignores"/> says so.</summary>
    public static CaseInput Targets(CaseData data, int rows, int vocabulary, Func<int, bool>? ignores)
    {
        CaseInput targets = data.Integers("targets", new Shape(rows), vocabulary);
        for (int row = 0; row < rows; row++)
        {
            targets.Values[row] = ignores?.Invoke(row) is true ? -100 : targets.Values[row];
        }

        return targets;
    }

    private static OpCase Case(
        int rows, int vocabulary, float scale = 1, double spread = 2, Func<int, bool>? ignores = null,
        bool isTwice = false)
    {
        CaseData data = new(20);
        double elements = (double)rows * vocabulary;
        return new OpCase
        {
            Op = nameof(CrossEntropy),
            Label = $"[{rows}, {vocabulary}]" + (scale != 1 ? $" times {scale}" : "")
                + (ignores is null ? "" : ", ignoring") + (isTwice ? ", twice" : ""),
            Inputs =
            [
                data.Normal("logits", new Shape(rows, vocabulary), spread),
                Targets(data, rows, vocabulary, ignores),
            ],
            Settings = new Dictionary<string, double> { ["scale"] = scale, ["calls"] = isTwice ? 2 : 1 },
            Run = (tape, x) => isTwice
                ? [CrossEntropy.Apply(tape, x[0], x[1], scale), CrossEntropy.Apply(tape, x[0], x[1], scale)]
                : [CrossEntropy.Apply(tape, x[0], x[1], scale)],
            Reference = x => isTwice
                ? [[CrossEntropy.Reference(x[0], x[1], scale)], [CrossEntropy.Reference(x[0], x[1], scale)]]
                : [[CrossEntropy.Reference(x[0], x[1], scale)]],
            Reason = "Own exponential and logarithm, 1 ulp each; sums in float lanes.",
            Forward = new Cost((Operations.Exponential + 4) * elements, 8 * elements),
            Backward = new Cost(elements, 8 * elements),
        };
    }
}
