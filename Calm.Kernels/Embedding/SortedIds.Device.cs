using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// The places of ids in the order of ids, and of places among equal ones: a counting sort on the device. Chunks of places
/// count their ids, a running sum over chunks and ids says where each chunk's begin.
/// </summary>
/// <param name="Starts">[V + 1], integers: id v is at Order[Starts[v]] to Order[Starts[v + 1] - 1].</param>
/// <param name="Order">[R], integers: places; undefined from Starts[V] on.</param>
internal readonly record struct SortedIds(Tensor Starts, Tensor Order)
{
    private const string Op = nameof(Embedding);
    private const int PlacesPerChunk = 512;

    /// <summary>Sorts on the device.</summary>
    /// <param name="tape">Whose step memory holds the result.</param>
    /// <param name="gpu">Where.</param>
    /// <param name="ids">[R].</param>
    /// <param name="vocabulary">V; ids outside are left out.</param>
    /// <param name="paddingId">An id that is left out.</param>
    public static SortedIds Of(Tape tape, IlgpuDevice gpu, Tensor ids, int vocabulary, int paddingId)
    {
        int places = checked((int)ids.Count);
        int chunks = Math.Max(1, (places + PlacesPerChunk - 1) / PlacesPerChunk);
        Tensor counts = tape.Rent(new Shape(chunks, vocabulary), Op, ElementType.Int32);
        Tensor ranks = tape.Rent(new Shape(places), Op, ElementType.Int32);
        SortedIds sorted = new(
            tape.Rent(new Shape(vocabulary + 1), Op, ElementType.Int32), tape.Rent(new Shape(places), Op, ElementType.Int32));
        counts.Clear();
        gpu.Kernel<ArrayView<int>, ArrayView<int>, ArrayView<int>, int, int>(RankKernel)(
            gpu.Queue, Launch.Items(gpu, places), ids.IntegerView(), ranks.IntegerView(), counts.IntegerView(), vocabulary,
            paddingId);
        gpu.Kernel<ArrayView<int>, ArrayView<int>, int, int>(ChunkSumKernel)(
            gpu.Queue, Launch.Items(gpu, vocabulary), counts.IntegerView(), sorted.Starts.IntegerView(), chunks, vocabulary);
        if (gpu.HasSmallGroups)
        {
            AddUp<Group16>(gpu, sorted.Starts, vocabulary);
        }
        else
        {
            AddUp<Group128>(gpu, sorted.Starts, vocabulary);
        }

        gpu.Kernel<ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, int, int>(PlaceKernel)(
            gpu.Queue, Launch.Items(gpu, places), ids.IntegerView(), ranks.IntegerView(), counts.IntegerView(),
            sorted.Starts.IntegerView(), sorted.Order.IntegerView(), vocabulary, paddingId);
        return sorted;
    }

    /// <summary>Whether an id takes part.</summary>
    public static bool Counts(int id, int vocabulary, int paddingId) => id >= 0 && id < vocabulary && id != paddingId;

    private static void AddUp<TGroup>(IlgpuDevice gpu, Tensor starts, int vocabulary) where TGroup : struct, IGroupSize =>
        gpu.Kernel<ArrayView<int>, int>(AddUpKernel<TGroup>)(
            gpu.Queue, new KernelConfig(1, TGroup.Size), starts.IntegerView(), vocabulary);

    /// <summary>Places of its chunk before each place with the same id, and how often each id is in each chunk.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="ranks">Out, [R].</param>
    /// <param name="counts">Out, [chunks, V], zero before.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="paddingId">An id that is left out.</param>
    /// <remarks>
    /// Launch: one thread a place, any group size. Bound by arithmetic: PlacesPerChunk comparisons a place, with ids that
    /// all threads of a group read together. The last place of an id in a chunk knows their number: no atomics.
    /// </remarks>
    private static void RankKernel(
        ArrayView<int> ids, ArrayView<int> ranks, ArrayView<int> counts, int vocabulary, int paddingId)
    {
        int place = Grid.GlobalIndex.X;
        if (place < ids.IntLength && Counts(ids[place], vocabulary, paddingId))
        {
            int id = ids[place];
            int chunk = place / PlacesPerChunk;
            int end = IntrinsicMath.Min(ids.IntLength, (chunk + 1) * PlacesPerChunk);
            int before = 0;
            int after = 0;
            for (int other = chunk * PlacesPerChunk; other < end; other++)
            {
                int equal = ids[other] == id ? 1 : 0;
                before += other < place ? equal : 0;
                after += other > place ? equal : 0;
            }

            ranks[place] = before;
            if (after == 0)
            {
                counts[(long)chunk * vocabulary + id] = before + 1;
            }
        }
    }

    /// <summary>Makes of each chunk's count of an id the sum of the chunks before; writes the id's whole count.</summary>
    /// <param name="counts">In and out, [chunks, V].</param>
    /// <param name="totals">Out, [V].</param>
    /// <param name="chunks">How many.</param>
    /// <param name="vocabulary">V.</param>
    /// <remarks>Launch: one thread an id, any group size. Bound by bandwidth: reads and writes chunks * V integers.</remarks>
    private static void ChunkSumKernel(ArrayView<int> counts, ArrayView<int> totals, int chunks, int vocabulary)
    {
        int id = Grid.GlobalIndex.X;
        if (id < vocabulary)
        {
            int sum = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                long at = (long)chunk * vocabulary + id;
                int count = counts[at];
                counts[at] = sum;
                sum += count;
            }

            totals[id] = sum;
        }
    }

    /// <summary>Replaces each of the first V numbers by the sum of those before it and writes the whole sum behind them.</summary>
    /// <param name="starts">In and out, [V + 1].</param>
    /// <param name="vocabulary">V.</param>
    /// <remarks>Launch: one group of TGroup threads, each with a run of ids. Shared memory: 4 B a thread and 4.</remarks>
    private static void AddUpKernel<TGroup>(ArrayView<int> starts, int vocabulary) where TGroup : struct, IGroupSize
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(TGroup.Size + 1);
        int length = (vocabulary + TGroup.Size - 1) / TGroup.Size;
        int first = IntrinsicMath.Min(vocabulary, Group.IdxX * length);
        int end = IntrinsicMath.Min(vocabulary, first + length);
        int sum = 0;
        for (int id = first; id < end; id++)
        {
            sum += starts[id];
        }

        shared[Group.IdxX + 1] = sum;
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            shared[0] = 0;
            for (int thread = 0; thread < TGroup.Size; thread++)
            {
                shared[thread + 1] += shared[thread];
            }

            starts[vocabulary] = shared[TGroup.Size];
        }

        Group.Barrier();
        sum = shared[Group.IdxX];
        for (int id = first; id < end; id++)
        {
            int count = starts[id];
            starts[id] = sum;
            sum += count;
        }
    }

    /// <summary>order[start of the id + those of earlier chunks + rank] = place.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="ranks">In, [R].</param>
    /// <param name="counts">In, [chunks, V]: places of an id in earlier chunks.</param>
    /// <param name="starts">In, [V + 1].</param>
    /// <param name="order">Out, [R].</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="paddingId">An id that is left out.</param>
    /// <remarks>Launch: one thread a place, any group size.</remarks>
    private static void PlaceKernel(
        ArrayView<int> ids, ArrayView<int> ranks, ArrayView<int> counts, ArrayView<int> starts, ArrayView<int> order,
        int vocabulary, int paddingId)
    {
        int place = Grid.GlobalIndex.X;
        if (place < ids.IntLength && Counts(ids[place], vocabulary, paddingId))
        {
            int id = ids[place];
            order[starts[id] + counts[(long)(place / PlacesPerChunk) * vocabulary + id] + ranks[place]] = place;
        }
    }
}
