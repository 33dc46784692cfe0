using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <content>Copies between host and device, and waiting for it.</content>
public sealed partial class IlgpuDevice
{
    private StagingBuffer? _staging;
    private bool _isLost;

    /// <summary>Whether the device has failed, or its context: nothing more will run on it.</summary>
    internal bool IsLost => _isLost;

    /// <summary>Called before each copy, wait and launch, for tests: what it throws counts as the driver's.</summary>
    internal Action? Fault { get; set; }

    /// <inheritdoc/>
    public override void Synchronize() => Guarded(() =>
    {
        Queue.Synchronize();
        _staging?.Clear();
    });

    /// <inheritdoc/>
    internal override void Upload(ReadOnlySpan<byte> source, Tensor target)
    {
        if (source.Length == 0 || _recorded is not null)
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

        try
        {
            Fault?.Invoke();
            _staging.Send(source, target.BytesOf(), Queue);
        }
        catch (AcceleratorException failure)
        {
            throw Failed(failure);
        }
    }

    /// <inheritdoc/>
    internal override unsafe void Download(Tensor source, Span<byte> target)
    {
        if (target.Length > 0 && _recorded is null)
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
    public override void Copy(Tensor source, Tensor target)
    {
        if (source.Count > 0 && _recorded is null)
        {
            Guarded(() => source.BytesOf().CopyTo(Queue, target.BytesOf()));
        }
    }

    /// <inheritdoc/>
    internal override void Clear(Tensor target)
    {
        if (target.Count > 0 && _recorded is null)
        {
            Guarded(() => target.BytesOf().MemSetToZero(Queue));
        }
    }

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

    /// <summary>Calls the driver and turns its exceptions into one-line errors.</summary>
    private void Guarded(Action work)
    {
        try
        {
            Fault?.Invoke();
            work();
        }
        catch (AcceleratorException failure)
        {
            throw Failed(failure);
        }
    }

    /// <summary>
    /// Gives something back when the device may be lost: a driver that has already failed fails here again, and that must not
    /// hide the first failure.
    /// </summary>
    internal void GiveBack(Action release)
    {
        try
        {
            if (!_isLost)
            {
                Queue.Synchronize();
            }

            release();
        }
        catch (AcceleratorException failure)
        {
            if (!_isLost)
            {
                throw Failed(failure);
            }
        }
    }

    private CalmException Failed(AcceleratorException failure)
    {
        _isLost = true;
        string kernel = _latestKernel is null
            ? $"set {CheckVariable}=1 to learn which kernel it was"
            : $"the latest kernel was {_latestKernel}";
        return new CalmException(
            $"{Name}: the device failed: {DeviceFailure.CauseOf(failure)}; {kernel}. {DeviceFailure.Advice}", failure);
    }
}
