using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class CandidateChoiceCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int sequences, int candidates, int patchSize, int agreement, int vocabulary) in new[]
                 {
                     (1, 1, 1, 1, 5), (3, 31, 2, 2, 4), (2, 32, 4, 3, 2), (5, 33, 1, 4, 7), (33, 16, 3, 1, 2),
                     (1, 257, 1, 2, 1), // one patch only
                     (3, 64, 4, 3, 4096), // no two alike: the agreement falls back to 1
                     (7, 129, 1, 8, 2), // weights of 10^11, of which a 24-bit part is taken
                     (2, 1024, 1, 5, 2), // the largest weights of a real pool
                     (2, 15, 2, 2, 3), (2, 16, 2, 2, 3), (2, 17, 3, 2, 2), (1, 127, 2, 3, 4), (1, 128, 2, 3, 4),
                     (1, 255, 1, 2, 6), (1, 256, 1, 2, 6), (1, 200, 4, 2, 3),
                     (16, 200, 4, 2, 3),
                 })
        {
            CaseData data = new(51);
            yield return new OpCase
            {
                Op = nameof(CandidateChoice),
                Label = $"[{sequences}, {candidates}, {patchSize}] of {vocabulary} ids, agreement {agreement}",
                Inputs =
                [
                    data.Integers("ids", new Shape(sequences, candidates, patchSize), vocabulary),
                    data.Uniform("u", new Shape(sequences), differentiable: false),
                ],
                Run = (tape, x) =>
                {
                    ChosenPatches chosen = CandidateChoice.Apply(tape, x[0], x[1], agreement);
                    return [chosen.Draws, chosen.Patches];
                },
                Reference = x => CandidateChoice.Reference(x[0], x[1], candidates, patchSize, agreement),
                Tolerance = 0,
                Differentiable = false,
                Reason = "Whole numbers below 2^53 are exact.",
                Forward = new Cost(3.0 * sequences * candidates * patchSize, 4.0 * sequences * candidates * patchSize),
            };
        }
    }
}
