using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a slice of a piece; operation by operation the host's loop.</content>
public static partial class AdamW
{
    private const int UsualSlice = 2048;

    private static readonly Choice Slice = new(ChoiceKinds.Slice, Op);

    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (ranges.Count > 0)
            {
                Moments arrays = new(values.View(), gradients.View(), firstMoments.View(), secondMoments.View());
                int slice = Tuning.Of(gpu).Choose(Slice, SizeClass.Of(values.Count), UsualSlice);
                int slicesPerPiece = ParameterRanges.MaxElements / slice;
                gpu.LaunchPlainRows(
                    checked(ranges.Count * slicesPerPiece), slice,
                    new StepKernel(ranges.Table.IntegerView(), arrays, coefficients, slice, slicesPerPiece));
            }
        }
    }

    /// <summary>One step of the elements of all pieces.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, 1 if weight decay applies.</param>
    /// <param name="arrays">In and out.</param>
    /// <param name="k">The factors of this step.</param>
    /// <param name="sliceElements">Elements of a slice.</param>
    /// <param name="slicesPerPiece">Slices of the longest possible piece, a power of two.</param>
    /// <remarks>
    /// Launch: one team for each slice of the longest possible piece. Bound by bandwidth: reads 4 floats an element,
    /// writes 3. Numerics: the bits of hosts that fuse multiply and add.
    /// </remarks>
    internal readonly struct StepKernel(
        ArrayView<int> table, Moments arrays, Coefficients k, int sliceElements, int slicesPerPiece) : IPlainRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            int slice = Grid.IdxX & (slicesPerPiece - 1);
            int piece = Grid.IdxX / slicesPerPiece * ParameterRanges.FieldsPerRange;
            int first = slice * sliceElements;
            int count = IntrinsicMath.Min(sliceElements, table[piece + 1] - first);
            float keep = table[piece + 2] != 0 ? k.Keep : 1;
            TTeam.Run(new Update(arrays, table[piece] + first, keep, k), count);
        }
    }

    /// <summary>The four arrays as one parameter.</summary>
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
        public float At(int place)
        {
            int i = start + place;
            float g = arrays.Gradients[i] * k.GradientFactor;
            float m = KernelMath.FusedMultiplyAdd(arrays.First[i], k.Beta1, g * k.OneMinusBeta1);
            float v = KernelMath.FusedMultiplyAdd(arrays.Second[i], k.Beta2, g * g * k.OneMinusBeta2);
            float root = KernelMath.FusedMultiplyAdd(MathF.Sqrt(v), k.RootCorrection, k.Epsilon);
            float value = KernelMath.FusedMultiplyAdd(m / root, -k.StepSize, arrays.Values[i] * keep);
            arrays.First[i] = m;
            arrays.Second[i] = v;
            arrays.Values[i] = value;
            return value;
        }
    }
}
