using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The sizes of an attention, whatever tensors its operands are columns of.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="Queries">Rows of queries in each.</param>
/// <param name="Keys">Rows of keys and of values in each, at least Start + Queries.</param>
/// <param name="QueryHeads">Heads of the queries and of the result.</param>
/// <param name="KeyValueHeads">Heads of keys and values, a divisor of <paramref name="QueryHeads"/>.</param>
/// <param name="HeadSize">Components of a head.</param>
/// <param name="Start">Position of query row 0: it sees the keys 0 to Start.</param>
internal readonly record struct AttentionSizes(
    int Batch, int Queries, int Keys, int QueryHeads, int KeyValueHeads, int HeadSize, int Start)
{
    /// <summary>Query heads that share a key and value head.</summary>
    public int Group => QueryHeads / KeyValueHeads;

    /// <summary>Factor of the scores: 1 / sqrt(HeadSize).</summary>
    public float Scale => 1 / MathF.Sqrt(HeadSize);

    /// <summary>Operations of one product over all pairs of a query and a key that it sees.</summary>
    public double ProductFlops => 2.0 * HeadSize * Batch * QueryHeads * Queries * (Start + (Queries + 1) / 2.0);
}

/// <summary>The heads of one operand: consecutive columns of a [batch, rows, columns] tensor.</summary>
/// <param name="Tensor">The tensor that holds them.</param>
/// <param name="FirstColumn">First component of head 0.</param>
/// <param name="Rounded">A copy to read instead, if the precision wants one.</param>
internal readonly record struct Heads(Tensor Tensor, int FirstColumn = 0, Tensor? Rounded = null)
{
    /// <summary>The tensor that kernels and loops read.</summary>
    public Tensor Values => Rounded ?? Tensor;
}
