using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A number for each place of a row; making it may also store something there.</summary>
public interface IRowTerm
{
    /// <summary>The number of a place.</summary>
    float At(int place);
}

/// <summary>The numbers of a row as they are.</summary>
public readonly struct RowNumber(ArrayView<float> numbers, long row) : IRowTerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(int place) => numbers[row + place];
}

/// <summary>
/// The threads that compute one row: a group on GPUs, one work item on CPUs. A row kernel is written once, over its team.
/// </summary>
public interface IRowTeam
{
    /// <summary>Threads of a team: the size of its group.</summary>
    static abstract int Size { get; }

    /// <summary>Floats of shared memory that a team needs.</summary>
    static abstract int SharedSize { get; }

    /// <summary>Sum of a term over the places below <paramref name="count"/>, for every thread, in a fixed order.</summary>
    static abstract float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm;

    /// <summary>Its greatest value, for every thread; a NaN is passed over. Minus infinity if there is none.</summary>
    static abstract float Max<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm;

    /// <summary>Evaluates a term at every place, for the values that it stores.</summary>
    static abstract void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm;
}

/// <summary>A group of threads that take every so many places; sums are trees in shared memory.</summary>
public readonly struct GroupTeam<TGroup> : IRowTeam where TGroup : struct, IGroupSize
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <inheritdoc/>
    public static int Size => TGroup.Size;

    /// <inheritdoc/>
    public static int SharedSize => TGroup.Size;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        float sum = 0;
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            sum += term.At(place);
        }

        return GroupSum.Of<TGroup>(sum, shared);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Max<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        KernelNumber greatest = new(float.NegativeInfinity);
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            greatest = KernelNumber.Max(new KernelNumber(term.At(place)), greatest);
        }

        int thread = Group.IdxX;
        shared[thread] = greatest.Value;
        KernelGroup.Barrier();
        for (int half = TGroup.Size / 2; half > 0; half /= 2)
        {
            if (thread < half && shared[thread + half] > shared[thread])
            {
                shared[thread] = shared[thread + half];
            }

            KernelGroup.Barrier();
        }

        float result = shared[0];
        KernelGroup.Barrier(); // shared may be used again only after all have read it
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm
    {
        for (int place = Group.IdxX; place < count; place += TGroup.Size)
        {
            term.At(place);
        }
    }
}

/// <summary>
/// One work item. A CPU's compiler makes vector instructions of its loops if nothing is added up in them, and of
/// <see cref="Lanes16"/> if they are stored side by side in the end. So the terms of a block go to memory in a loop of single
/// numbers and are added as lanes, which meet in memory behind a barrier.
/// </summary>
public readonly struct LaneTeam : IRowTeam
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Block = 256;

    /// <inheritdoc/>
    public static int Size => 1;

    /// <inheritdoc/>
    public static int SharedSize => Block;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Sum<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        // Two running sums hide the latency of an addition.
        Lanes16 even = Lanes16.Broadcast(0);
        Lanes16 odd = even;
        for (int start = 0; start < count; start += Block)
        {
            int end = Fill(term, start, count, 0, shared);
            for (int i = 0; i < end; i += 2 * Lanes16.Count)
            {
                even += Lanes16.Load(shared, i);
                odd += Lanes16.Load(shared, i + Lanes16.Count);
            }
        }

        Lanes16.Store(even + odd, shared, 0);
        KernelGroup.Barrier();
        float sum = 0;
        for (int lane = 0; lane < Lanes16.Count; lane++)
        {
            sum += shared[lane];
        }

        KernelGroup.Barrier();
        return sum;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static float Max<TTerm>(TTerm term, int count, ArrayView<float> shared) where TTerm : struct, IRowTerm
    {
        Lanes16 lanes = Lanes16.Broadcast(float.NegativeInfinity);
        for (int start = 0; start < count; start += Block)
        {
            int end = Fill(term, start, count, float.NegativeInfinity, shared);
            for (int i = 0; i < end; i += Lanes16.Count)
            {
                lanes = Lanes16.Max(Lanes16.Load(shared, i), lanes);
            }
        }

        Lanes16.Store(lanes, shared, 0);
        KernelGroup.Barrier();
        KernelNumber greatest = new(float.NegativeInfinity);
        for (int lane = 0; lane < Lanes16.Count; lane++)
        {
            greatest = KernelNumber.Max(new KernelNumber(shared[lane]), greatest);
        }

        KernelGroup.Barrier();
        return greatest.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Run<TTerm>(TTerm term, int count) where TTerm : struct, IRowTerm
    {
        for (int place = 0; place < count; place++)
        {
            term.At(place);
        }
    }

    /// <summary>Writes a block's terms, filled up to a whole number of lanes, and returns how many terms there are.</summary>
    [MethodImpl(Inline)]
    private static int Fill<TTerm>(TTerm term, int start, int count, float filler, ArrayView<float> shared)
        where TTerm : struct, IRowTerm
    {
        int terms = IntrinsicMath.Min(Block, count - start);
        for (int i = 0; i < terms; i++)
        {
            shared[i] = term.At(start + i);
        }

        for (int i = terms; (i & (2 * Lanes16.Count - 1)) != 0; i++)
        {
            shared[i] = filler;
        }

        return terms;
    }
}
