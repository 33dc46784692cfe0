using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The loop over positions of the energy ops: spread, fit, and the gradient of any combination of the two in the same pass,
/// while the targets are at hand.
/// </summary>
/// <param name="op">The op, for messages.</param>
/// <param name="sizes">M, S, N, L.</param>
/// <param name="draws">In, [M, S, L].</param>
/// <param name="targets">The source of the targets.</param>
/// <param name="exponent">beta.</param>
/// <param name="terms">Out, [2, M]: spread and fit of each position.</param>
/// <param name="slopes">Gradients of the terms, if <paramref name="dDraws"/> is wanted.</param>
/// <param name="dDraws">Out, [M, S, L]; null if it is not wanted.</param>
internal readonly partial struct EnergyLoop(
    string op, EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms, EnergySlopes slopes,
    GradientTarget? dDraws) : IDeviceWork;

/// <summary>The gradient of a loss with respect to the two terms.</summary>
/// <param name="Spread">The same for all positions.</param>
/// <param name="Fit">The same for all positions.</param>
/// <param name="PerPosition">[2, M], by which the others are multiplied; null for 1.</param>
internal readonly record struct EnergySlopes(double Spread, double Fit, Tensor? PerPosition);
