using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Outputs and gradients have the same bits for any number of threads.</summary>
public sealed class ThreadCountTests
{
    public static TheoryData<string> Ops() => [.. OpCases.Find().Select(c => c.Op).Distinct()];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Results_do_not_depend_on_the_number_of_threads(string op)
    {
        using HostDevice one = new(1);
        using HostDevice two = new(2);
        using HostDevice three = new(3);
        foreach (OpCase c in OpCases.Find().Where(c => c.Op == op))
        {
            int[] bits = Bits(c, one);
            Assert.True(bits.AsSpan().SequenceEqual(Bits(c, two)), $"{c.Name}: two threads");
            Assert.True(bits.AsSpan().SequenceEqual(Bits(c, three)), $"{c.Name}: three threads");
        }
    }

    private static int[] Bits(OpCase c, HostDevice host)
    {
        using Tape tape = new(host, recording: c.Differentiable);
        Tensor[] inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))];
        Tensor[] outputs = c.Run(tape, inputs);
        List<int> bits = [.. outputs.SelectMany(output => output.ToIntegerArray())];
        if (c.Differentiable)
        {
            foreach (Tensor output in outputs)
            {
                // A gradient of its own: an op may hand it on.
                output.SetGradient(tape.From(output.ToArray(), output.Shape));
            }

            tape.Backward();
            bits.AddRange(inputs.SelectMany(input => input.Gradient?.ToIntegerArray() ?? []));
        }

        return [.. bits];
    }
}
