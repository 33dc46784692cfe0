using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A random number for each element of a matrix: given, or made on the way by the global index of its row.</summary>
/// <param name="Given">The numbers, in the matrix's shape; null if they are made.</param>
/// <param name="Rows">Global index of each row, int [N]; null if the numbers are given.</param>
/// <param name="Stream">Column c of row r is number Rows[r] * C + c.</param>
internal readonly partial record struct RowNoise(Tensor? Given, Tensor? Rows, RandomStream Stream);
