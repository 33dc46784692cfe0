using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The cases of a passport: those that are verified on a device, and those that are timed.</summary>
/// <param name="device">The device.</param>
/// <param name="cases">The cases of the wanted ops.</param>
internal sealed class PassportCases(Device device, IReadOnlyList<OpCase> cases)
{
    private bool IsEmulated => device.Kind == DeviceKind.Emulated;

    /// <summary>Cases that are verified: all but those that are too large for the emulator.</summary>
    public IReadOnlyList<OpCase> Verified { get; } = [.. cases.Where(c => VerifyCommand.Fits(c, device))];

    /// <summary>Number of cases that are not verified.</summary>
    public int LeftOut => cases.Count - Verified.Count;

    /// <summary>The choice of <see cref="Timed"/> in words.</summary>
    public string Choice => IsEmulated
        ? "the largest case of each op that is verified on the emulator, where the largest of all takes minutes"
        : "the largest case of each op";

    /// <summary>The case of each op that is timed. Ops whose cases have no cost are left out, but not on the emulator.</summary>
    /// <param name="wrong">Ops that are not timed, since a case failed.</param>
    public IReadOnlyList<OpCase> Timed(IReadOnlySet<string> wrong) =>
    [
        .. Verified.Where(c => !wrong.Contains(c.Op)).GroupBy(c => c.Op).Select(Largest).OfType<OpCase>(),
    ];

    private OpCase? Largest(IGrouping<string, OpCase> op) =>
        BenchOps.Largest(op, isNamed: false) ?? (IsEmulated ? op.MaxBy(BenchOps.SizeOf) : null);
}
