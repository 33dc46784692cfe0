// A number for each of the two rows that a thread of a warp has in TensorSums.
global using RowPair = Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>;
using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Operations of attention on the numbers of two rows.</summary>
internal static class RowPairs
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    extension(RowPair)
    {
        /// <summary>A pair of two numbers.</summary>
        [MethodImpl(Inline)]
        public static RowPair Of(float upper, float lower) => new(new KernelNumber(upper), new KernelNumber(lower));

        /// <summary>Two to the power of each.</summary>
        [MethodImpl(Inline)]
        public static RowPair Exp2(RowPair x) => RowPair.Of(TensorCore.Exp2(x.Upper), TensorCore.Exp2(x.Lower));
    }

    extension(RowPair pair)
    {
        /// <summary>The number of row t / 4.</summary>
        public float Upper
        {
            [MethodImpl(Inline)]
            get => pair.Low.Value;
        }

        /// <summary>The number of row t / 4 + 8.</summary>
        public float Lower
        {
            [MethodImpl(Inline)]
            get => pair.High.Value;
        }

        /// <summary>The maximum over the four threads that share the rows.</summary>
        /// <remarks>A NaN may be passed over, which the sum of the weights shows all the same.</remarks>
        [MethodImpl(Inline)]
        public RowPair MaxOfQuad()
        {
            RowPair two = RowPair.Max(pair, pair.ShuffleXor(1));
            return RowPair.Max(two, two.ShuffleXor(2));
        }

        /// <summary>The sum over the four threads that share the rows, neighbours first.</summary>
        [MethodImpl(Inline)]
        public RowPair SumOfQuad()
        {
            RowPair two = pair + pair.ShuffleXor(1);
            return two + two.ShuffleXor(2);
        }

        [MethodImpl(Inline)]
        private RowPair ShuffleXor(int mask) =>
            RowPair.Of(Warp.ShuffleXor(pair.Upper, mask), Warp.ShuffleXor(pair.Lower, mask));
    }
}
