namespace Calm.Runtime;

/// <summary>The timeline of one step, on the device's own clock.</summary>
/// <param name="Seconds">From the first mark to the last: ops and the gaps between them.</param>
/// <param name="Calls">The calls that ran something, in their order; they do not overlap.</param>
public sealed record ProfiledStep(double Seconds, IReadOnlyList<ProfiledCall> Calls)
{
    /// <summary>Seconds in which no call ran: launches that came late, and what the host does outside its loops.</summary>
    public double OtherSeconds => Seconds - Calls.Sum(call => call.Seconds);
}

/// <summary>One call of an op.</summary>
/// <param name="Op">Its name.</param>
/// <param name="Direction">Forward, backward or a transfer.</param>
/// <param name="Flops">Floating-point operations, 2 a multiply-add; 0 where they are not counted.</param>
/// <param name="Bytes">Operands read once and results written once; 0 where they are not counted.</param>
/// <param name="Kernels">The kernels that it ran, at least one.</param>
public sealed record ProfiledCall(
    string Op, ProfileDirection Direction, double Flops, double Bytes, IReadOnlyList<ProfiledKernel> Kernels)
{
    /// <summary>Seconds from the start of the step to the start of its first kernel.</summary>
    public double Start => Kernels[0].Start;

    /// <summary>Seconds from the start of the step to the end of its last kernel.</summary>
    public double End => Kernels[^1].Start + Kernels[^1].Seconds;

    /// <summary>Seconds of its kernels, without the gaps between them.</summary>
    public double Seconds => Kernels.Sum(kernel => kernel.Seconds);
}

/// <summary>One kernel, or one job of the host's threads.</summary>
/// <param name="Name">Its class and name.</param>
/// <param name="Start">Seconds since the step began.</param>
/// <param name="Seconds">Its duration.</param>
public readonly record struct ProfiledKernel(string Name, double Start, double Seconds);
