using Calm.Runtime;

namespace Calm.Kernels;

/// <content>dTable[v, :] = sum of dy[r, :] over the rows r with ids[r] = v, in the order of r. Saved: ids.</content>
public static partial class Embedding
{
    private sealed class Node(Tensor ids, Tensor table, Tensor y, int paddingId) : TapeNode
    {
        public override string Op => Embedding.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dTable = tape.TargetFor(table, reads: false);

            // Only the rows that were looked up are read and written, once the others are zero.
            double untouched = dTable.Accumulate ? 2.0 * table.Count : 0;
            tape.Device.Profiler?.Count(0, Tensor.ElementSize * (2.0 * y.Count - untouched));
            tape.Device.Run(new Backward(tape, ids, paddingId, gradient, dTable));
        }
    }

    private readonly partial struct Backward(Tape tape, Tensor ids, int paddingId, Tensor dy, GradientTarget dTable)
        : IDeviceWork;
}
