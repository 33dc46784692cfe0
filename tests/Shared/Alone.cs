namespace Calm.Tests;

/// <summary>Tests that watch what the whole process takes: no other runs at the same time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
