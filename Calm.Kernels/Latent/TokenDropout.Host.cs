using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop.</content>
public static unsafe partial class TokenDropout
{
    // A row is a patch of a few tokens: making its random numbers is all the work there is.
    private const int WorkPerRow = 64;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host) => noise.Run(
            host, ids, WorkPerRow + ids.Columns, new DropTerm(ids.IntegerPointer, probability, kept.IntegerPointer));
    }

    private readonly struct DropTerm(int* ids, float probability, int* kept) : INoiseTerm
    {
        public static bool IsNormal => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes isKept = TLanes.GreaterThan(number, TLanes.Broadcast(probability));
            TLanes.And(isKept, TLanes.LoadBits((uint*)ids + at)).Store((float*)kept + at);
        }
    }
}
