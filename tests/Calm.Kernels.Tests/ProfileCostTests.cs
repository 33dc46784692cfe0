using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>A profile counts the cost of a call as the op's case states it.</summary>
public sealed class ProfileCostTests
{
    // Small operands, such as biases, angles and indices, stand in the one and not in the other.
    private const double Difference = 0.16;

    // It keeps logits in memory of its own, which its case does not count; it has no job on the host.
    private static readonly string[] Apart = [nameof(VocabularyCrossEntropy), nameof(CandidateChoice)];

    public static TheoryData<string> Ops =>
        [.. OpCases.Find().Where(c => c.Forward is not null).Select(c => c.Op).Distinct().Except(Apart)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Counted_bytes_and_operations_are_those_of_the_case(string op)
    {
        OpCase c = OpCases.Find().Where(c => c.Op == op && c.Forward is not null).MaxBy(c => c.Inputs.Sum(i => i.Shape.Count))!;
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor[] inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))];
        Tensor[] outputs = [];
        Compare(c.Forward!.Value, Profiler.Run(host, () => outputs = c.Run(tape, inputs)), ProfileDirection.Forward);
        if (c.Backward is { } cost)
        {
            foreach (Tensor output in outputs)
            {
                output.SetGradient(tape.From(new float[output.Count], output.Shape));
            }

            Compare(cost, Profiler.Run(host, tape.Backward), ProfileDirection.Backward);
        }
    }

    private static void Compare(Cost cost, ProfiledStep step, ProfileDirection direction)
    {
        ProfiledCall call = Assert.Single(step.Calls, call => call.Direction == direction);
        Assert.InRange(call.Bytes, cost.Bytes * (1 - Difference), cost.Bytes * (1 + Difference));
        if (call.Flops != 0)
        {
            Assert.Equal(cost.Flops, call.Flops);
        }
    }
}
