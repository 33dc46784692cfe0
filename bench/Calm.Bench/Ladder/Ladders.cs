namespace Calm.Bench;

/// <summary>All ladders.</summary>
internal static class Ladders
{
    /// <summary>A new ladder of each op that has one.</summary>
    public static IReadOnlyList<Ladder> Find() => [RmsNormLadder.Create(), LinearLadder.Create()];
}
