namespace Calm.Training;

/// <summary>Advice when a step does not fit into a device's memory.</summary>
internal static class MemoryAdvice
{
    /// <summary>A sentence with the next smaller setting.</summary>
    /// <param name="config">The settings that do not fit.</param>
    /// <param name="done">Steps that were done and saved.</param>
    public static string For(TrainingConfig config, int done)
    {
        int? parts = Enumerable.Range(1, config.BatchSize)
            .Where(n => n >= 2 * config.Accumulate && config.BatchSize % n == 0)
            .Cast<int?>().FirstOrDefault();
        string smaller = parts is { } accumulate
            ? $"accumulate={accumulate} takes {config.BatchSize / accumulate} of the batch of {config.BatchSize} at once and "
            + $"about 1/{accumulate / config.Accumulate} of the step's memory, for the same result but for rounding"
            : "one sequence at once is the least; a shorter context_patches, or device=host, takes less";
        return done == 0 ? $"Try again: {smaller}." : $"Step {done} is saved; with resume=true, {smaller}.";
    }
}
