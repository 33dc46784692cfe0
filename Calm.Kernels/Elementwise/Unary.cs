using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Drives an <see cref="IUnaryFunction"/> over a tensor: y = f(x), dx = f'(x) dy. Saved: x.</summary>
internal static unsafe partial class Unary<TFunction> where TFunction : struct, IUnaryFunction
{
    /// <summary>y = f(x), in the shape of <paramref name="x"/>.</summary>
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(TFunction.Name, tape, x);
        Tensor y = tape.Rent(x.Shape, TFunction.Name);
        if (tape.Device is HostDevice host)
        {
            Chunks chunks = Chunks.Of(x.Count, 8);
            host.Team.Run(chunks.Count, new ForwardJob(x.Pointer, y.Pointer, chunks));
        }
        else
        {
            bool done = false;
            ForwardOnDevice(x, y, ref done);
            Check.Done(TFunction.Name, tape.Device, done);
        }

        if (tape.Records(x))
        {
            tape.Record(new Node(x, y));
        }

        return y;
    }

    private sealed class Node(Tensor x, Tensor y) : TapeNode
    {
        public override string Op => TFunction.Name;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            GradientTarget dx = tape.TargetFor(x);
            if (tape.Device is HostDevice host)
            {
                Chunks chunks = Chunks.Of(x.Count, 12);
                host.Team.Run(chunks.Count, new BackwardJob(
                    x.Pointer, gradient.Pointer, dx.Tensor.Pointer, dx.Accumulate, chunks));
            }
            else
            {
                bool done = false;
                BackwardOnDevice(x, gradient, dx, ref done);
                Check.Done(Op, tape.Device, done);
            }
        }
    }

    private readonly struct ForwardJob(float* x, float* y, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = chunks.End(chunk);
            Apply<Lanes1>(Apply<TLanes>(chunks.Start(chunk), end), end);
        }

        private long Apply<TLanes>(long i, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (; i <= end - TLanes.Count; i += TLanes.Count)
            {
                TFunction.Forward(TLanes.Load(x + i)).Store(y + i);
            }

            return i;
        }
    }

    private readonly struct BackwardJob(float* x, float* dy, float* dx, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = chunks.End(chunk);
            Apply<Lanes1>(Apply<TLanes>(chunks.Start(chunk), end), end);
        }

        private long Apply<TLanes>(long i, long end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (; i <= end - TLanes.Count; i += TLanes.Count)
            {
                TLanes gradient = TFunction.Derivative(TLanes.Load(x + i)) * TLanes.Load(dy + i);
                if (accumulate)
                {
                    gradient += TLanes.Load(dx + i);
                }

                gradient.Store(dx + i);
            }

            return i;
        }
    }

    static partial void ForwardOnDevice(Tensor x, Tensor y, ref bool done);

    static partial void BackwardOnDevice(Tensor x, Tensor dy, GradientTarget dx, ref bool done);
}
