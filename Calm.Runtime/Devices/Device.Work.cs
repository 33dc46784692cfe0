namespace Calm.Runtime;

/// <content>What its ops have computed: an addition a call, whether or not anyone asks.</content>
public abstract partial class Device
{
    private double _products;
    private double _attention;
    private double _other;

    /// <summary>Operations of all ops since the device was opened, exact below 2^53; a difference tells a step's.</summary>
    public Work Work => new(_products, _attention, _other);

    /// <summary>Counts what another device has done as this one's, and no longer as the other's.</summary>
    internal void TakeWorkOf(Device other)
    {
        _products += other._products;
        _attention += other._attention;
        _other += other._other;
        (other._products, other._attention, other._other) = (0, 0, 0);
    }

    /// <summary>A matrix product is about to run, or part of one.</summary>
    /// <param name="flops">2 a multiply-add.</param>
    public void CountProducts(double flops)
    {
        _products += flops;
        Profiler?.Count(flops);
    }

    /// <summary>Products of attention are about to run.</summary>
    /// <param name="flops">2 a multiply-add.</param>
    public void CountAttention(double flops)
    {
        _attention += flops;
        Profiler?.Count(flops);
    }

    /// <summary>Operations are about to run that are neither.</summary>
    /// <param name="flops">As <c>Operations</c> counts them.</param>
    public void CountOther(double flops)
    {
        _other += flops;
        Profiler?.Count(flops);
    }
}
