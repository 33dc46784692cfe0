using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Checks of arguments, with messages that name the op, the operand and both numbers.</summary>
public static class Check
{
    /// <summary>
    /// Checks that every operand is on the tape's device. Every op begins with this call, which also tells a profiler which op
    /// runs.
    /// </summary>
    /// <param name="op">The op's name.</param>
    /// <param name="tape">The tape it runs on.</param>
    /// <param name="operands">Its operands; null for one that is not given.</param>
    /// <exception cref="ArgumentException">One is elsewhere.</exception>
    public static void Device(string op, Tape tape, params ReadOnlySpan<Tensor?> operands)
    {
        foreach (Tensor? operand in operands)
        {
            if (operand is not null && !tape.Device.Reads(operand.Device))
            {
                throw new ArgumentException(
                    $"{op}: an operand is on {operand.Device.Name}, the tape on {tape.Device.Name}.");
            }
        }

        tape.Device.BeginOp(op, ProfileDirection.Forward, operands);
    }

    /// <summary>Checks that an operand has exactly this shape.</summary>
    /// <exception cref="ArgumentException">It has another.</exception>
    public static void Shape(string op, string operand, Tensor tensor, Shape expected)
    {
        if (tensor.Shape != expected)
        {
            throw new ArgumentException($"{op}: {operand} has shape {tensor.Shape}, expected {expected}.");
        }
    }

    /// <summary>Checks that an operand has this many elements.</summary>
    /// <exception cref="ArgumentException">It has fewer or more.</exception>
    public static void Vector(string op, string operand, Tensor tensor, int expected)
    {
        if (tensor.Count != expected)
        {
            throw new ArgumentException($"{op}: {operand} has {tensor.Count} elements, expected {expected}.");
        }
    }

    /// <summary>Checks that an operand's rows have this many elements.</summary>
    /// <exception cref="ArgumentException">They have fewer or more.</exception>
    public static void Columns(string op, string operand, Tensor tensor, int expected)
    {
        if (tensor.Columns != expected)
        {
            throw new ArgumentException($"{op}: {operand} has {tensor.Columns} columns, expected {expected}.");
        }
    }

    /// <summary>Checks any other condition on a number.</summary>
    /// <exception cref="ArgumentException">It does not hold.</exception>
    public static void That(bool holds, string op, string what, long got, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"{op}: {what} is {got}, expected {expected}.");
        }
    }
}
