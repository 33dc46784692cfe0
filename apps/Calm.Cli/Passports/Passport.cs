using Calm.Kernels;

namespace Calm.Cli;

/// <summary>A device on one page: its facts, the bits and errors of every op, and their times. It is kept in a file.</summary>
/// <param name="Format">The name of the format, <see cref="PassportFile.Format"/>.</param>
/// <param name="Version">Its version.</param>
/// <param name="Made">The time at which it was begun, in UTC.</param>
/// <param name="Seconds">Seconds that it took.</param>
/// <param name="Machine">The machine and the versions of programs.</param>
/// <param name="Device">The device.</param>
/// <param name="Verified">The comparison of every op with its definition.</param>
/// <param name="Bench">The way in which ops were timed, and the roofs; null if none was.</param>
/// <param name="Ops">The times, as <c>calm bench --json</c> has them under the same name.</param>
/// <param name="Kernels">Resources of the kernels.</param>
/// <param name="Remarks">Everything else that a reader must know: a line each.</param>
internal sealed record Passport(
    string Format, int Version, string Made, double Seconds, PassportMachine Machine, PassportDevice Device,
    PassportChecks Verified, PassportBench? Bench, IReadOnlyList<BenchRow> Ops, PassportKernels Kernels,
    IReadOnlyList<string> Remarks);

/// <summary>The machine of a passport, and the versions of programs.</summary>
/// <param name="Calm">Calm's version.</param>
/// <param name="Commit">The commit that it was built from.</param>
/// <param name="Dotnet">The version of .NET.</param>
/// <param name="Ilgpu">The version of ILGPU.</param>
/// <param name="Os">The operating system.</param>
/// <param name="Architecture">The processor's architecture.</param>
/// <param name="Cpu">The processor.</param>
/// <param name="Processors">Processors that the program may use.</param>
/// <param name="ClockMhz">The clock of the fastest processor when the passport was begun; null if unknown.</param>
/// <param name="MostClockMhz">Its highest clock; null if unknown.</param>
internal sealed record PassportMachine(
    string Calm, string? Commit, string Dotnet, string Ilgpu, string Os, string Architecture, string Cpu, int Processors,
    double? ClockMhz, double? MostClockMhz);

/// <summary>The device of a passport.</summary>
/// <param name="Name">Its name, such as cuda:0.</param>
/// <param name="Kind">host, cuda, opencl or emulated.</param>
/// <param name="Description">Make, model and what decides its results.</param>
/// <param name="Driver">The driver with its version; null for the host.</param>
/// <param name="Form">The host's instruction set, or the family of kernels.</param>
/// <param name="Precision">The precision of matrix products and attention.</param>
/// <param name="Capabilities">All that <c>calm devices</c> says of it, by name: clocks, memory, compute units.</param>
internal sealed record PassportDevice(
    string Name, string Kind, string Description, string? Driver, string Form, string Precision,
    IReadOnlyDictionary<string, string> Capabilities);

/// <summary>The cases of all ops on a device.</summary>
/// <param name="Cases">Cases that ran.</param>
/// <param name="Failed">Those that differ from their definition, from a second run, or wrote outside their tensors.</param>
/// <param name="LeftOut">Cases that are too large for the emulator.</param>
/// <param name="Failures">The first of the failed: a line each.</param>
/// <param name="Worst">Comparisons that are nearest to their limits, or beyond; the worst first.</param>
/// <param name="Bits">The hash of the outputs and gradients of each case, to the bit.</param>
internal sealed record PassportChecks(
    int Cases, int Failed, int LeftOut, IReadOnlyList<string> Failures, IReadOnlyList<PassportError> Worst,
    IReadOnlyDictionary<string, string> Bits);

/// <summary>The difference of an output or a gradient from its definition.</summary>
/// <param name="Name">The case, and the output or gradient.</param>
/// <param name="Error">The largest difference; null if it is no number.</param>
/// <param name="Tolerance">The largest that is allowed; null if it is no number.</param>
internal sealed record PassportError(string Name, double? Error, double? Tolerance)
{
    /// <summary>The error over its limit; infinite if either is no number.</summary>
    public double Share => Error is not { } error || Tolerance is not { } limit ? double.PositiveInfinity
        : error == 0 ? 0 : error / limit;
}

/// <summary>The way in which a passport's ops were timed, and the device's rates.</summary>
/// <param name="Cases">The cases that were chosen, in words.</param>
/// <param name="Cache">warm: operands are where the run before left them.</param>
/// <param name="Inputs">The numbers that were computed with.</param>
/// <param name="SecondsPerOp">Most seconds for each op and direction.</param>
/// <param name="Noise">Relative standard error of the median at which timing ended earlier.</param>
/// <param name="Gflops">The peak of fused multiply-adds, 10^9 operations a second.</param>
/// <param name="Gbs">The peak of a large copy, 10^9 bytes a second.</param>
/// <param name="TensorGflops">The peak of tensor cores; 0 where there are none.</param>
/// <param name="Bandwidth">The bandwidth over the size of the data.</param>
/// <param name="Warnings">Disturbances while the ops ran.</param>
internal sealed record PassportBench(
    string Cases, string Cache, string Inputs, double SecondsPerOp, double Noise, double Gflops, double Gbs,
    double TensorGflops, BandwidthCurve Bandwidth, IReadOnlyList<string> Warnings);

/// <summary>Resources of a device's kernels.</summary>
/// <param name="Target">The architecture that they were assembled for; null if they are not known.</param>
/// <param name="Note">Their source, or the reason why they are not known.</param>
/// <param name="Rows">The kernels.</param>
internal sealed record PassportKernels(string? Target, string Note, IReadOnlyList<KernelRow> Rows);
