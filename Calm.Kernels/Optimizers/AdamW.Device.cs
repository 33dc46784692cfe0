using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a slice of a piece; operation by operation the host's loop.</content>
public static partial class AdamW
{
    private const int SliceElements = 2048;
    private const int SlicesPerPiece = ParameterRanges.MaxElements / SliceElements;

    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (ranges.Count > 0)
            {
                Moments arrays = new(values.View(), gradients.View(), firstMoments.View(), secondMoments.View());
                gpu.LaunchRows(
                    checked(ranges.Count * SlicesPerPiece),
                    new StepKernel(ranges.Table.IntegerView(), arrays, coefficients));
            }
        }
    }

    /// <summary>One step of the elements of all pieces.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, 1 if weight decay applies.</param>
    /// <param name="arrays">In and out.</param>
    /// <param name="k">The factors of this step.</param>
    /// <remarks>
    /// Launch: one team for each SliceElements of the longest possible piece. Bound by bandwidth: reads 4 floats an element,
    /// writes 3. Numerics: the bits of hosts that fuse multiply and add.
    /// </remarks>
    internal readonly struct StepKernel(ArrayView<int> table, Moments arrays, Coefficients k) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            int slice = Grid.IdxX & (SlicesPerPiece - 1);
            int piece = Grid.IdxX / SlicesPerPiece * ParameterRanges.FieldsPerRange;
            int first = slice * SliceElements;
            int count = IntrinsicMath.Min(SliceElements, table[piece + 1] - first);
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
