// Four numbers of one thread, which GPUs load and store at once.
global using Lanes4 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>;
using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Numbers of four lanes, one by one.</summary>
internal static class QuadLanes
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    extension(Lanes4)
    {
        /// <summary>Four numbers as lanes.</summary>
        [MethodImpl(Inline)]
        public static Lanes4 Of(float x, float y, float z, float w) => new(
            new(new KernelNumber(x), new KernelNumber(y)), new(new KernelNumber(z), new KernelNumber(w)));
    }

    extension(Lanes4 quad)
    {
        /// <summary>The first number.</summary>
        public float X
        {
            [MethodImpl(Inline)]
            get => quad.Low.Low.Value;
        }

        /// <summary>The second number.</summary>
        public float Y
        {
            [MethodImpl(Inline)]
            get => quad.Low.High.Value;
        }

        /// <summary>The third number.</summary>
        public float Z
        {
            [MethodImpl(Inline)]
            get => quad.High.Low.Value;
        }

        /// <summary>The fourth number.</summary>
        public float W
        {
            [MethodImpl(Inline)]
            get => quad.High.High.Value;
        }
    }
}
