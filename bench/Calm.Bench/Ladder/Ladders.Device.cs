namespace Calm.Bench;

/// <content>The ladders, where there are kernels.</content>
internal static partial class Ladders
{
    static partial void Add(List<Ladder> ladders) =>
        ladders.AddRange([RmsNormLadder.Create(), LinearLadder.Create()]);
}
