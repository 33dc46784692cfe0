using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Where the targets y of an energy score come from: given, or mean + e * exp(logStd) with the normal noise e given or
/// drawn on the way.
/// </summary>
/// <param name="Mean">[M, L]; null if the targets are given.</param>
/// <param name="LogStd">[M, L]; null if the targets are given.</param>
/// <param name="Values">y or e, [M, N, L]; null if e is drawn.</param>
/// <param name="Positions">Global index of each position, int [M], if e is drawn.</param>
/// <param name="Noise">
/// Where e is drawn from: component l of target j of position m has the index (Positions[m] * N + j) * L + l.
/// </param>
internal readonly record struct EnergyTargets(
    Tensor? Mean, Tensor? LogStd, Tensor? Values, Tensor? Positions, RandomStream Noise);
