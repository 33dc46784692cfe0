using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class VocabularyArgMaxCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int width, int vocabulary) in new[]
                 {
                     (1, 1, 1), (3, 2, 31), (2, 33, 32), (31, 5, 33), (33, 16, 257), (520, 16, 1100), (1, 64, 4096),

                     // Edges of tiles of 32 and 128, of slabs of 16 deep, of ranges of 256 ids and of tiles of 512 rows.
                     (127, 15, 128), (128, 16, 127), (129, 17, 129), (32, 8, 255), (2, 9, 256), (3, 7, 511), (2, 6, 513),
                     (511, 5, 31), (512, 4, 32), (513, 4, 33),
                 })
        {
            yield return Case(rows, width, vocabulary, vocabulary);
        }

        // Every row of the embedding occurs several times, also in different tiles: the first must win.
        yield return Case(5, 8, 100, distinct: 7) with { Label = "[5, 8] of 100 with ties" };
        yield return Case(520, 4, 2500, distinct: 1100) with { Label = "[520, 4] of 2500 with ties" };
    }

    private static OpCase Case(int rows, int width, int vocabulary, int distinct)
    {
        CaseData data = new(22);
        CaseInput embedding = data.Normal("embedding", new Shape(vocabulary, width));
        for (int i = distinct * width; i < vocabulary * width; i++)
        {
            embedding.Values[i] = embedding.Values[i - distinct * width];
        }

        return new OpCase
        {
            Op = nameof(VocabularyArgMax),
            Label = $"[{rows}, {width}] of {vocabulary}",
            Inputs = [data.Normal("hidden", new Shape(rows, width)), embedding],
            Run = (tape, x) => [VocabularyArgMax.Apply(tape, x[0], x[1])],
            Reference = x => [VocabularyArgMax.Reference(x[0], x[1], width)],
            Tolerance = 0,
            Differentiable = false,
            Reason = "Ids are exact: no two logits of these inputs are nearer than their rounding, but for equal rows.",
            Forward = new Cost(2.0 * rows * width * vocabulary, 4.0 * (rows + vocabulary) * width),
        };
    }
}
