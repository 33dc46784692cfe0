using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a slice of a piece; operation by operation the host's loop.</content>
public static unsafe partial class AdamW
{
    private const int SliceElements = 2048;
    private const int SlicesPerPiece = ParameterRanges.MostElements / SliceElements;

    static partial void StepOnDevice(
        Tensor values, Tensor gradients, Tensor firstMoments, Tensor secondMoments, ParameterRanges ranges,
        Coefficients coefficients, ref bool done)
    {
        IlgpuDevice gpu = values.Gpu();
        Moments arrays = new(values.View(), gradients.View(), firstMoments.View(), secondMoments.View());
        if (gpu.Family == KernelFamily.Direct)
        {
            Step<LaneTeam>(gpu, ranges, arrays, coefficients);
        }
        else if (gpu.HasSmallGroups)
        {
            Step<GroupTeam<Group16>>(gpu, ranges, arrays, coefficients);
        }
        else
        {
            Step<GroupTeam<Group128>>(gpu, ranges, arrays, coefficients);
        }

        done = true;
    }

    private static void Step<TTeam>(IlgpuDevice gpu, ParameterRanges ranges, Moments arrays, Coefficients coefficients)
        where TTeam : struct, IRowTeam
    {
        if (ranges.Count > 0)
        {
            gpu.Kernel<ArrayView<int>, Moments, Coefficients>(StepKernel<TTeam>)(
                gpu.Queue, new KernelConfig(checked(ranges.Count * SlicesPerPiece), TTeam.Size),
                ranges.Table.IntegerView(), arrays, coefficients);
        }
    }

    /// <summary>One step of the elements of all pieces.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, 1 if weight decay applies.</param>
    /// <param name="arrays">In and out.</param>
    /// <param name="k">The factors of this step.</param>
    /// <remarks>
    /// Launch: one team for each SliceElements of the longest possible piece. Bound by bandwidth: reads 4 floats an element,
    /// writes 3. Numerics: the bits of the host's, where that fuses.
    /// </remarks>
    private static void StepKernel<TTeam>(ArrayView<int> table, Moments arrays, Coefficients k)
        where TTeam : struct, IRowTeam
    {
        int slice = Grid.IdxX % SlicesPerPiece;
        int piece = Grid.IdxX / SlicesPerPiece * ParameterRanges.FieldsPerRange;
        int first = slice * SliceElements;
        int count = IntrinsicMath.Min(SliceElements, table[piece + 1] - first);
        float keep = table[piece + 2] != 0 ? k.Keep : 1;
        TTeam.Run(new Update(arrays, table[piece] + first, keep, k), count);
    }

    /// <summary>The four arrays as one parameter; internal because kernels are called from an assembly of ILGPU's.</summary>
    internal readonly struct Moments(
        ArrayView<float> values, ArrayView<float> gradients, ArrayView<float> first, ArrayView<float> second)
    {
        public readonly ArrayView<float> Values = values;
        public readonly ArrayView<float> Gradients = gradients;
        public readonly ArrayView<float> First = first;
        public readonly ArrayView<float> Second = second;
    }

    private readonly struct Update(Moments arrays, int start, float keep, Coefficients k) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes At<TLanes>(int place) where TLanes : unmanaged, IKernelLanes<TLanes>
        {
            int i = start + place;
            TLanes g = TLanes.Load(arrays.Gradients, i) * TLanes.Broadcast(k.GradientFactor);
            TLanes m = TLanes.Load(arrays.First, i);
            TLanes v = TLanes.Load(arrays.Second, i);
            TLanes value = TLanes.Load(arrays.Values, i) * TLanes.Broadcast(keep);
            m = TLanes.MultiplyAdd(m, TLanes.Broadcast(k.Beta1), g * TLanes.Broadcast(k.OneMinusBeta1));
            v = TLanes.MultiplyAdd(v, TLanes.Broadcast(k.Beta2), g * g * TLanes.Broadcast(k.OneMinusBeta2));
            TLanes root = TLanes.MultiplyAdd(
                TLanes.Sqrt(v), TLanes.Broadcast(k.RootCorrection), TLanes.Broadcast(k.Epsilon));
            value = TLanes.MultiplyAdd(m / root, TLanes.Broadcast(-k.StepSize), value);
            TLanes.Store(m, arrays.First, i);
            TLanes.Store(v, arrays.Second, i);
            TLanes.Store(value, arrays.Values, i);
            return value;
        }
    }
}
