using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Takes the built-in choice first, then everywhere the first candidate, then the second, until all have been taken. Threads
/// of a group stay as they are: they are no part of a kernel's code.
/// </summary>
/// <param name="gpu">The device.</param>
internal sealed class CandidateChooser(IlgpuDevice gpu) : IChooser
{
    private int _place = -1;
    private bool _hasMore;

    /// <inheritdoc/>
    public int Choose(Choice choice, SizeClass size, int byDefault)
    {
        if (choice.Kind == ChoiceKinds.Threads)
        {
            return byDefault;
        }

        int[] values = [.. choice.Kind.Values.Where(value => choice.Kind.Suits(gpu, value))];
        _hasMore |= _place + 1 < values.Length;
        return _place >= 0 && _place < values.Length ? values[_place] : byDefault;
    }

    /// <summary>Goes on to the next candidates.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Next()
    {
        bool hasMore = _hasMore;
        _hasMore = false;
        _place++;
        return hasMore;
    }
}

/// <summary>Takes the kernels that the table of another device has, for a device that stands for it.</summary>
/// <param name="table">The table.</param>
internal sealed class ChooserOfTable(Tuning table) : IChooser
{
    /// <inheritdoc/>
    public int Choose(Choice choice, SizeClass size, int byDefault) =>
        choice.Kind == ChoiceKinds.Threads ? byDefault : table.Choose(choice, size, byDefault);
}
