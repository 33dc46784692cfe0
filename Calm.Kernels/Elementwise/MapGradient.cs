using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The way back through a formula: dOperand (+)= dy * its derivative, summed over what was broadcast.</summary>
/// <param name="tape">The tape.</param>
/// <param name="op">The op's name.</param>
/// <param name="formula">The formula.</param>
/// <param name="x">Its operands.</param>
/// <param name="y">Its value; not read unless its derivatives do.</param>
/// <param name="dy">The value's gradient.</param>
internal readonly struct MapGradient<TFormula>(
    Tape tape, string op, TFormula formula, MapOperands x, Tensor y, MapOperand dy) where TFormula : unmanaged, IFormula
{
    private static bool ReadsOperands => TFormula.DerivativeReads.HasFlag(DerivativeReads.Operands);

    private static bool ReadsOutput => TFormula.DerivativeReads.HasFlag(DerivativeReads.Output);

    /// <summary>Adds to the gradients of all operands that want one.</summary>
    public void AddToOperands()
    {
        Add<OperandA>(x.A);
        if (TFormula.Operands > 1)
        {
            Add<OperandB>(x.B);
        }

        if (TFormula.Operands > 2)
        {
            Add<OperandC>(x.C);
        }

        if (TFormula.Operands > 3)
        {
            Add<OperandD>(x.D);
        }
    }

    private void Add<TOperand>(MapOperand operand) where TOperand : struct, IOperand
    {
        if (!operand.Tensor.RequiresGradient)
        {
            return;
        }

        GradientTarget target = tape.TargetFor(operand.Tensor, ReadsOperands || ReadsOutput);
        if (operand.IsFull)
        {
            Run<TOperand>(target);
            return;
        }

        GradientTarget terms = new(tape.Rent(x.A.Tensor.Shape, op), Accumulate: false);
        Run<TOperand>(terms);
        if (operand.IsFlat)
        {
            Reduction.Total(tape, op, new Unary<Identity>(), MapOperands.OfAll(terms.Tensor), target);
        }
        else if (operand.ColumnStep == 0)
        {
            Reduction.Rows(tape, new Unary<Identity>(), MapOperands.OfAll(terms.Tensor), target);
        }
        else
        {
            ColumnSum.Run(tape, terms.Tensor, target);
        }
    }

    // Operands and output that the derivatives do not read may be missing: one that they read stands in for them.
    private void Run<TOperand>(GradientTarget target) where TOperand : struct, IOperand
    {
        MapOperand output = ReadsOutput ? MapOperand.Full(y) : ReadsOperands ? x.A : dy;
        MapOperands operands = ReadsOperands ? x : new MapOperands(output, output, output, output);
        tape.Device.Run(new MapWork<TFormula, BackwardPass<TOperand>>(formula, operands, output, dy, target));
    }
}
