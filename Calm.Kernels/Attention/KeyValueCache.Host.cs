using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's copy: small beside the projection that made the rows.</content>
public sealed unsafe partial class KeyValueCache
{
    private readonly partial struct RowCopy
    {
        public void Run(HostDevice host)
        {
            (int batch, int added) = (source.Tensor.Shape[0], source.Tensor.Shape[1]);
            long bytes = (long)target.Columns * sizeof(float);
            for (int sequence = 0; sequence < batch; sequence++)
            {
                for (int position = 0; position < added; position++)
                {
                    long row = (long)sequence * added + position;
                    long targetRow = (long)sequence * target.Shape[1] + length + position;
                    float* from = source.Values.Pointer + row * source.Tensor.Columns + source.FirstColumn;
                    Buffer.MemoryCopy(from, target.Pointer + targetRow * target.Columns, bytes, bytes);
                }
            }
        }
    }
}
