using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>One pass of a formula over all elements: target (+)= value, or gradient of an operand.</summary>
/// <param name="formula">The formula.</param>
/// <param name="x">Its operands.</param>
/// <param name="y">Its value; for passes backward.</param>
/// <param name="dy">The value's gradient; for passes backward.</param>
/// <param name="target">Receives the numbers, one for each element. May alias an operand.</param>
internal readonly partial struct MapWork<TFormula, TPass>(
    TFormula formula, MapOperands x, MapOperand y, MapOperand dy, GradientTarget target) : IDeviceWork
    where TFormula : unmanaged, IFormula where TPass : struct, IPass
{
    // Without broadcast rows and columns, all elements are one row.
    private bool IsFlat => x.IsFlat && dy.IsFlat;
}
