using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class EmbeddingCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int ids, int rows, int columns) in new[]
                 {
                     (1, 1, 1), (7, 5, 31), (9, 300, 32), (12, 4, 33), (40, 3, 257), (300, 3, 20), (1100, 4, 8), (2048, 259, 128),

                     // Edges of blocks of 32 places and chunks of 512, and of groups in columns.
                     (31, 2, 15), (32, 2, 16), (33, 2, 17), (511, 3, 5), (512, 3, 4), (513, 3, 5), (3, 4, 127), (65, 2, 129),
                 })
        {
            yield return Of(ids, rows, columns);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) =>
        [Of(sizes.Rows * sizes.PatchSize, sizes.Vocabulary, sizes.Hidden)];

    private static OpCase Of(int ids, int rows, int columns)
    {
        CaseData data = new(21);
        return new OpCase
        {
            Op = nameof(Embedding),
            Label = $"{ids} of [{rows}, {columns}]",
            Inputs =
            [
                data.Integers("ids", new Shape(ids), rows),
                data.Normal("table", new Shape(rows, columns)),
            ],
            Run = (tape, x) => [Embedding.Apply(tape, x[0], x[1])],
            Reference = x => [Embedding.Reference(x[0], x[1], columns)],
            Tolerance = 0,
            Reason = "A copy is exact; the gradient adds rows in float.",
            Forward = new Cost(0, 8.0 * ids * columns),
            Backward = new Cost((double)ids * columns, 12.0 * ids * columns + 4.0 * rows * columns),
        };
    }
}
