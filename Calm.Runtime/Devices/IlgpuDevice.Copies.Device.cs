using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <content>Copies between host and device, and waiting for it.</content>
public sealed partial class IlgpuDevice
{
    private StagingBuffer? _staging;

    /// <inheritdoc/>
    public override void Synchronize() => Guarded(() =>
    {
        Queue.Synchronize();
        _staging?.Clear();
    });

    /// <inheritdoc/>
    internal override void Upload(ReadOnlySpan<byte> source, Tensor target)
    {
        if (source.Length == 0)
        {
            return;
        }

        if (source.Length > StagingBuffer.Capacity)
        {
            UploadDirectly(source, target);
            return;
        }

        _staging ??= new StagingBuffer(Accelerator);
        if (!_staging.Fits(source.Length))
        {
            Synchronize();
        }

        ArrayView<byte> staged = _staging.Stage(source);
        Guarded(() => target.BytesOf().CopyFrom(Queue, staged));
    }

    /// <inheritdoc/>
    internal override unsafe void Download(Tensor source, Span<byte> target)
    {
        if (target.Length > 0)
        {
            fixed (byte* pointer = target)
            {
                nint address = (nint)pointer;
                int length = target.Length;
                Guarded(() =>
                {
                    using var host = CPUMemoryBuffer.Create(Accelerator, address, length, 1);
                    source.BytesOf().CopyTo(Queue, host.AsRawArrayView());
                    Queue.Synchronize();
                });
            }

            _staging?.Clear();
        }
    }

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target) =>
        Guarded(() => source.BytesOf().CopyTo(Queue, target.BytesOf()));

    /// <inheritdoc/>
    internal override void Clear(Tensor target) => Guarded(() => target.BytesOf().MemSetToZero(Queue));

    private unsafe void UploadDirectly(ReadOnlySpan<byte> source, Tensor target)
    {
        fixed (byte* pointer = source)
        {
            nint address = (nint)pointer;
            int length = source.Length;
            Guarded(() =>
            {
                using var host = CPUMemoryBuffer.Create(Accelerator, address, length, 1);
                target.BytesOf().CopyFrom(Queue, host.AsRawArrayView());
                Queue.Synchronize();
            });
        }
    }

    /// <summary>Does something with the device; what fails becomes one line.</summary>
    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (AcceleratorException failure)
        {
            string kernel = ChecksLaunches && _latestKernel is not null
                ? $" after {_latestKernel} was launched"
                : $"; set {CheckVariable}=1 to learn which kernel it was";
            throw new CalmException($"{Name}: the device failed ({failure.Message}){kernel}. Saved work is safe: --resume.", failure);
        }
    }
}
