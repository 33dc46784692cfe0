using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options that a run keeps, as typed. A resumed run cannot change them.</summary>
/// <param name="corpus">The options of the text.</param>
/// <param name="others">Other options that define a run.</param>
internal sealed class TypedChoices(CorpusOptions corpus, params Option[] others)
{
    /// <summary>The values by the names of the options that were typed.</summary>
    public Dictionary<string, string> Of(ParseResult parsed) =>
        others.Append(corpus.Data).Concat(corpus.HowToRead)
            .Where(parsed.IsGiven).ToDictionary(option => option.Name, option => parsed.Typed(option)!);

    /// <summary>Refuses values that differ from the run's first command line. Its text may have been moved.</summary>
    /// <param name="parsed">The command line that resumes the run.</param>
    /// <param name="known">The run; null for a new one.</param>
    /// <exception cref="UsageException">Something differs.</exception>
    public void RefuseOther(ParseResult parsed, RunFolder.Description? known)
    {
        if (known?.Typed is not { } began)
        {
            return;
        }

        foreach ((string name, string value) in Of(parsed))
        {
            bool isMoved = name == corpus.Data.Name && corpus.Tokenised(parsed) is not null;
            string? first = began.GetValueOrDefault(name);
            if (!isMoved && first != value)
            {
                string before = first is null ? "without" : $"with {first}";
                throw new UsageException(
                    $"{name} {value}: the run began {before} and goes on with what it was made of; leave it out, or begin "
                    + "another run.");
            }
        }
    }
}
