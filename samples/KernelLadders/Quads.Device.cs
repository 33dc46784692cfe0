using System.Runtime.CompilerServices;
using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using Lanes4 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>;

namespace KernelLadders;

/// <summary>16 threads along each side of a group's tile.</summary>
public readonly struct Side16 : IGroupSize
{
    public static int Size => 16;
}

/// <summary>4 threads along each side, for the emulator, whose threads are the system's.</summary>
public readonly struct Side4 : IGroupSize
{
    public static int Size => 4;
}

/// <summary>4 x 4 sums in registers. Fields, not an array: an array would lie in memory.</summary>
internal struct QuadRows
{
    public Lanes4 First, Second, Third, Fourth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProducts(Lanes4 a, Lanes4 b)
    {
        Lanes4.AddProduct(ref First, Lanes4.Broadcast(a.Low.Low.Value), b);
        Lanes4.AddProduct(ref Second, Lanes4.Broadcast(a.Low.High.Value), b);
        Lanes4.AddProduct(ref Third, Lanes4.Broadcast(a.High.Low.Value), b);
        Lanes4.AddProduct(ref Fourth, Lanes4.Broadcast(a.High.High.Value), b);
    }
}

/// <summary>Quads of matrices, some of which may lie outside.</summary>
internal static class Quads
{
    public static Lanes4 Load(ArrayView<Lanes4> source, int row, int rows, int quad, int quads) =>
        row < rows && quad < quads ? source[(long)row * quads + quad] : default;

    public static void StoreColumn(Lanes4 value, ArrayView<float> tile, int at, int width)
    {
        tile[at] = value.Low.Low.Value;
        tile[at + width] = value.Low.High.Value;
        tile[at + 2 * width] = value.High.Low.Value;
        tile[at + 3 * width] = value.High.High.Value;
    }

    public static void StoreRow(Lanes4 value, ArrayView<float> y, int row, int rows, int column, int columns)
    {
        if (row < rows && column < columns)
        {
            KernelLanes.Store(value, y, (long)row * columns + column, columns - column);
        }
    }
}
