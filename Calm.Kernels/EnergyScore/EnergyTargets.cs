using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The targets y of an energy score: given, or mean + e * exp(logStd) with the normal noise e given or
/// drawn on the way.
/// </summary>
/// <param name="Mean">[M, L]; null if the targets are given.</param>
/// <param name="LogStd">[M, L]; null if the targets are given.</param>
/// <param name="Values">y or e, [M, N, L]; null if e is drawn.</param>
/// <param name="Positions">Global index of each position, int [M], if e is drawn.</param>
/// <param name="Noise">
/// The stream that e is drawn from: component l of target j of position m has the index (Positions[m] * N + j) * L + l.
/// </param>
internal readonly record struct EnergyTargets(
    Tensor? Mean, Tensor? LogStd, Tensor? Values, Tensor? Positions, RandomStream Noise)
{
    /// <summary>Targets that are given.</summary>
    /// <param name="targets">y, [M, N, L].</param>
    public static EnergyTargets Given(Tensor targets) => new(null, null, targets, null, default);
}
