namespace Calm.Runtime;

/// <content>Counts the operations of ops; this costs one addition a call.</content>
public abstract partial class Device
{
    private double _products;
    private double _attention;
    private double _other;

    /// <summary>
    /// Operations of all ops since the device was opened, exact below 2^53. The difference of two readings is a step's work.
    /// </summary>
    public Work Work => new(_products, _attention, _other);

    /// <summary>Moves the counts of another device to this one.</summary>
    internal void TakeWorkOf(Device other)
    {
        _products += other._products;
        _attention += other._attention;
        _other += other._other;
        (other._products, other._attention, other._other) = (0, 0, 0);
    }

    /// <summary>Counts a matrix product, or a part of one.</summary>
    /// <param name="flops">2 a multiply-add.</param>
    public void CountProducts(double flops)
    {
        _products += flops;
        Profiler?.Count(flops);
    }

    /// <summary>Counts products of attention.</summary>
    /// <param name="flops">2 a multiply-add.</param>
    public void CountAttention(double flops)
    {
        _attention += flops;
        Profiler?.Count(flops);
    }

    /// <summary>Counts operations that are neither.</summary>
    /// <param name="flops">As <c>Operations</c> counts them.</param>
    public void CountOther(double flops)
    {
        _other += flops;
        Profiler?.Count(flops);
    }
}
