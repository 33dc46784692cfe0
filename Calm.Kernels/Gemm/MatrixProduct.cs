using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Products of tensors on any device.</summary>
internal static partial class MatrixProduct
{
    /// <summary>C[M, N] (+)= A[M, K] B[K, N] + bias[N].</summary>
    /// <param name="device">The device of the tensors.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    /// <param name="a">A.</param>
    /// <param name="b">B.</param>
    /// <param name="c">C, as stored.</param>
    /// <param name="accumulate">Whether to add to C; otherwise its contents are ignored.</param>
    /// <param name="bias">Added to each row, or null.</param>
    public static void Run(
        Device device, int rows, int columns, int depth, MatrixOperand a, MatrixOperand b, MatrixOperand c, bool accumulate,
        Tensor? bias = null) => device.Run(new Product(null, rows, columns, depth, a, b, c, accumulate, bias));

    /// <summary>The same, with a weight as B, which the step may keep packed.</summary>
    /// <inheritdoc cref="Run(Device, int, int, int, MatrixOperand, MatrixOperand, MatrixOperand, bool, Tensor)"/>
    public static void RunWeight(
        Tape tape, int rows, int columns, int depth, MatrixOperand a, MatrixOperand b, MatrixOperand c, bool accumulate,
        Tensor? bias = null) => tape.Device.Run(new Product(tape, rows, columns, depth, a, b, c, accumulate, bias));

    /// <summary>y = x W^T + bias + addend, where W is the weight's first columns, as many as x has.</summary>
    /// <param name="tape">The step, which may keep W packed.</param>
    /// <param name="x">[M, K].</param>
    /// <param name="weight">[N, K or more].</param>
    /// <param name="y">Out, [M, N].</param>
    /// <param name="bias">[N], or null.</param>
    /// <param name="addend">[M / repeat, N], or null.</param>
    /// <param name="repeat">Number of rows of y that share a row of the addend.</param>
    public static void RunWeight(
        Tape tape, Tensor x, Tensor weight, Tensor y, Tensor? bias, Tensor? addend, int repeat = 1) =>
        tape.Device.Run(new WeightProduct(tape, x, weight, y, bias, addend, repeat));

    private readonly partial struct Product(
        Tape? tape, int rows, int columns, int depth, MatrixOperand a, MatrixOperand b, MatrixOperand c, bool accumulate,
        Tensor? bias) : IDeviceWork;

    private readonly partial struct WeightProduct(
        Tape tape, Tensor x, Tensor weight, Tensor y, Tensor? bias, Tensor? addend, int repeat) : IDeviceWork;
}

/// <summary>A tensor as an operand of a product: its rows from a column on, as they are or transposed.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="FirstColumn">The first column.</param>
/// <param name="Transposed">Whether rows of the tensor are columns of the operand.</param>
internal readonly record struct MatrixOperand(Tensor Tensor, int FirstColumn = 0, bool Transposed = false);
