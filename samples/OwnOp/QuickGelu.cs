// An op of your own: a host loop, a kernel for every device, a gradient, and a case that proves them.
//   dotnet build samples/OwnOp -c Release
//   ./calm verify  --assembly samples/OwnOp/bin/Release/net10.0/OwnOp.dll --device host
//   ./calm bench   --assembly samples/OwnOp/bin/Release/net10.0/OwnOp.dll
//   ./calm kernels --assembly samples/OwnOp/bin/Release/net10.0/OwnOp.dll
using Calm.Kernels;
using Calm.Runtime;

namespace OwnOp;

/// <summary>y = x / (1 + e^(-1.702 x)): a quick approximation of GELU (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
public static unsafe partial class QuickGelu
{
    private const string Op = nameof(QuickGelu);

    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(Op, tape, x);
        Tensor y = tape.Rent(x.Shape, Op);
        tape.Device.Run(new Forward(x, y));
        if (tape.Records(x))
        {
            tape.Record(new Node(x, y));
        }

        return y;
    }

    // The formulas, once: T is a SIMD register of the host or the number of one thread of a kernel.
    private static T Value<T>(T x) where T : unmanaged, IArithmetic<T> => x * LaneMath.Sigmoid(x * T.Broadcast(1.702f));

    private static T Derivative<T>(T x) where T : unmanaged, IArithmetic<T>
    {
        T s = LaneMath.Sigmoid(x * T.Broadcast(1.702f));
        return s + x * T.Broadcast(1.702f) * s * (T.Broadcast(1) - s);
    }

    // One direction of the op, here on the host; QuickGelu.Device.cs has the kernels.
    private readonly partial struct Forward(Tensor x, Tensor y) : IDeviceWork
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, workPerItem: 8);
            host.Team.Run(chunks.Count, new Job(x.Pointer, null, y.Pointer, false, chunks));
        }
    }


    private readonly partial struct Backward(Tensor x, Tensor dy, GradientTarget dx) : IDeviceWork
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, workPerItem: 12);
            host.Team.Run(chunks.Count, new Job(x.Pointer, dy.Pointer, dx.Tensor.Pointer, dx.Accumulate, chunks));
        }
    }

    // The recorded op, with its backward pass.
    private sealed class Node(Tensor x, Tensor y) : TapeNode
    {
        public override string Op => QuickGelu.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Backward(x, gradient, tape.TargetFor(x)));
    }

    // The host's loop: whole registers first, then single numbers. Without dy it computes y, with it dx.
    private readonly struct Job(float* x, float* dy, float* result, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = chunks.End(chunk);
            Loop<Lanes1>(Loop<TLanes>(chunks.Start(chunk), end), end);
        }

        private long Loop<TLanes>(long i, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (; i <= end - TLanes.Count; i += TLanes.Count)
            {
                TLanes at = TLanes.Load(x + i);
                TLanes value = dy == null ? Value(at) : Derivative(at) * TLanes.Load(dy + i);
                (accumulate ? value + TLanes.Load(result + i) : value).Store(result + i);
            }

            return i;
        }
    }
}
