using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Copies rounded to bfloat16, in float32: how <see cref="Precision.BFloat16"/> is kept where there are no tensor cores.
/// </summary>
internal static unsafe partial class RoundingCopy
{
    /// <summary>The values of <paramref name="x"/>, each rounded to the nearest bfloat16.</summary>
    /// <param name="tape">The step whose memory the copy is in.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="op">For whom.</param>
    public static Tensor Of(Tape tape, Tensor x, string op)
    {
        Tensor y = tape.Rent(x.Shape, op);
        if (tape.Device is HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, 2);
            host.Team.Run(chunks.Count, new Job(x.Pointer, y.Pointer, chunks));
        }
        else
        {
            bool done = false;
            RunOnDevice(x, y, ref done);
            Check.Done(op, tape.Device, done);
        }

        return y;
    }

    static partial void RunOnDevice(Tensor x, Tensor y, ref bool done);
}
