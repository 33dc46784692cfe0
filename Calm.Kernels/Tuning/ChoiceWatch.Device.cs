using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A choice that work has, with its sizes.</summary>
/// <param name="Choice">The choice.</param>
/// <param name="Size">The class of sizes.</param>
internal readonly record struct ChoiceOfWork(Choice Choice, SizeClass Size)
{
    /// <summary>A candidate of it as an entry.</summary>
    public TunedEntry Entry(int value) => new(Choice.Kind.Name, Choice.Of, Size.ToString(), Choice.Kind.Text(value));
}

/// <summary>
/// Makes the choices while a device is tuned, and gives the launches that one of them decides its name, so that a profile
/// has their time.
/// </summary>
/// <param name="gpu">The device.</param>
internal sealed class ChoiceWatch(IlgpuDevice gpu) : IChooser, ILaunchWatch
{
    private readonly Dictionary<ChoiceOfWork, (string Label, int Default)> _asked = [];
    private readonly Dictionary<string, HashSet<Type>> _kernels = [];
    private bool _isOfOneLaunch;

    /// <summary>The choices that are tuned now.</summary>
    public ChoiceLevel Level { get; private set; }

    /// <summary>The candidates that earlier levels found.</summary>
    public Dictionary<ChoiceOfWork, int> Found { get; } = [];

    /// <summary>The candidates that are tried now.</summary>
    public IReadOnlyDictionary<ChoiceOfWork, int> Trial { get; set; } = new Dictionary<ChoiceOfWork, int>();

    /// <summary>The choices of this level that the work has asked for.</summary>
    public IReadOnlyList<ChoiceOfWork> Asked =>
    [
        .. _asked.Keys.Where(c => c.Choice.Kind.Level == Level)
            .OrderBy(c => c.Choice.Kind.Name, StringComparer.Ordinal).ThenBy(c => c.Choice.Of, StringComparer.Ordinal)
            .ThenBy(c => c.Size.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>Goes on to a level and forgets what was asked for: now the work may ask for other choices.</summary>
    public void Begin(ChoiceLevel level)
    {
        Level = level;
        _asked.Clear();
    }

    /// <inheritdoc/>
    public string? Label { get; private set; }

    /// <summary>The name of a choice's launches in profiles.</summary>
    public string LabelOf(ChoiceOfWork choice) => _asked[choice].Label;

    /// <summary>The built-in choice.</summary>
    public int DefaultOf(ChoiceOfWork choice) => _asked[choice].Default;

    /// <inheritdoc/>
    public int Choose(Choice choice, SizeClass size, int byDefault)
    {
        ChoiceOfWork key = new(choice, size);
        if (!_asked.TryGetValue(key, out (string Label, int Default) asked))
        {
            asked = ($"{choice.Kind.Name}, {choice.Of}, {size}", byDefault);
            _asked.Add(key, asked);
        }

        if (choice.Kind.Level == Level)
        {
            (Label, _isOfOneLaunch) = (asked.Label, choice.Kind.IsOfOneLaunch);
        }

        return Trial.TryGetValue(key, out int value) || Found.TryGetValue(key, out value) ? value : byDefault;
    }

    /// <inheritdoc/>
    public void Launched(Type kernel)
    {
        if (Label is { } label)
        {
            if (!_kernels.TryGetValue(label, out HashSet<Type>? kernels))
            {
                kernels = [];
                _kernels.Add(label, kernels);
            }

            kernels.Add(kernel);
            Label = _isOfOneLaunch ? null : label;
        }
    }

    /// <inheritdoc/>
    public void WorkEnded() => Label = null;

    /// <summary>Needs of the kernels that a choice has launched since the last call.</summary>
    public (int? Registers, long? PrivateBytes) TakeNeeds(ChoiceOfWork choice)
    {
        if (!_kernels.Remove(LabelOf(choice), out HashSet<Type>? kernels))
        {
            return (null, null);
        }

        KernelNeeds[] needs = [.. kernels.Select(gpu.NeedsOf)];
        return (needs.Max(n => n.Registers), needs.Max(n => n.PrivateBytes));
    }
}
