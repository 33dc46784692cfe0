using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Looks up rows of a table: y[r, :] = table[ids[r], :]. Its gradient is a deterministic scatter-add.</summary>
public static partial class Embedding
{
    private const string Op = nameof(Embedding);

    /// <summary>Looks up one row for each id.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Row numbers, of any shape; each in [0, V).</param>
    /// <param name="table">[V, C].</param>
    /// <param name="paddingId">An id whose row gets no gradient; -1 for none.</param>
    /// <returns>y: the shape of <paramref name="ids"/> with C as a further, innermost size.</returns>
    /// <exception cref="ArgumentException">An id is outside the table; the message says which.</exception>
    public static Tensor Apply(Tape tape, Tensor ids, Tensor table, int paddingId = -1)
    {
        Check.Device(Op, tape, ids, table);
        Tensor y = tape.Rent(Append(ids.Shape, table.Columns), Op);
        tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)(y.Count - table.Count)); // only these rows are read
        tape.Device.Run(new Forward(ids, table, y));
        if (tape.Records(table))
        {
            tape.Record(new Node(ids, table, y, paddingId));
        }

        return y;
    }

    private static Shape Append(Shape shape, int columns)
    {
        Span<int> sizes = stackalloc int[shape.Rank + 1];
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            sizes[axis] = shape[axis];
        }

        sizes[^1] = columns;
        return new Shape(sizes);
    }

    private readonly partial struct Forward(Tensor ids, Tensor table, Tensor y) : IDeviceWork;
}
