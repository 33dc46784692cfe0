using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A request for forecasts.</summary>
/// <param name="Horizon">H, rows to draw.</param>
/// <param name="Members">S, forecasts of each history.</param>
/// <param name="Agreement">n of the temperature 1/n.</param>
/// <param name="Candidates">Draws from which each patch is chosen; 1 at temperature 1.</param>
/// <param name="Seed">Seed of all draws.</param>
internal sealed record ForecastRequest(int Horizon, int Members, int Agreement = 1, int Candidates = 1, ulong Seed = 1);

/// <summary>Forecasts of some histories.</summary>
/// <param name="Members">For each history S forecasts of [H, columns].</param>
/// <param name="MalformedRows">Rows that the model wrote wrongly, or not at all; they repeat the row before.</param>
internal sealed record SeriesForecast(double[][][] Members, int MalformedRows);

/// <summary>
/// Draws forecasts that continue a history of rows. The model reads the history's last patches and writes patch by patch;
/// when its context is full, it continues from the newer half.
/// </summary>
/// <remarks>A forecast depends on its history, its number and the seed only, not on others in the batch.</remarks>
internal sealed class SeriesForecaster(
    CalmModel model, ITokenizer tokenizer, SeriesInfo info, int contextPatches, Device device)
{
    private const int SequencesAtOnce = 256;

    /// <summary>Forecasts with the model of a run.</summary>
    public SeriesForecaster(TrainedModel trained, SeriesInfo info, Device device)
        : this(trained.Model, trained.Tokenizer, info, trained.Description.Config.CalmTraining.ContextPatches, device)
    {
    }

    private readonly int _patchSize = model.Config.PatchSize;

    /// <summary>Draws forecasts.</summary>
    /// <param name="histories">Rows before each forecast, oldest first.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="CalmException">A history is shorter than a patch.</exception>
    public SeriesForecast Draw(IReadOnlyList<SeriesTable> histories, ForecastRequest request)
    {
        int[][] prompts = [.. histories.Select(Prompt)];

        // Sequences of a batch have one length.
        int length = Math.Min(prompts.Min(prompt => prompt.Length), contextPatches * _patchSize) / _patchSize * _patchSize;
        if (length == 0)
        {
            throw new CalmException(
                $"series: a history of {histories.Min(history => history.Rows)} rows is shorter than a patch of "
                + $"{_patchSize} tokens; give more rows.");
        }

        int mostPatches = MostPatches(histories, request.Horizon);
        double[][][] members = [.. histories.Select(_ => new double[request.Members][])];
        int malformed = 0;
        int sequences = histories.Count * request.Members;
        for (int first = 0; first < sequences; first += SequencesAtOnce)
        {
            int count = Math.Min(SequencesAtOnce, sequences - first);
            List<int>[] written = [.. Enumerable.Range(first, count).Select(
                sequence => prompts[sequence / request.Members][^length..].ToList())];
            Write(written, first, request, mostPatches);
            for (int i = 0; i < count; i++)
            {
                (int history, int member) = Math.DivRem(first + i, request.Members);
                members[history][member] = Rows(written[i][length..], histories[history], request.Horizon, ref malformed);
            }
        }

        return new SeriesForecast(members, malformed);
    }

    /// <summary>As many of the last rows as fit the context.</summary>
    private int[] Prompt(SeriesTable history)
    {
        int rows = Math.Min(history.Rows, contextPatches * _patchSize / history.Columns.Length + 2);
        return tokenizer.Encode(info.ToLines(history.Slice(history.Rows - rows, rows)));
    }

    /// <summary>Maximum number of patches of a forecast: twice as many as rows of the history's length need.</summary>
    private int MostPatches(IReadOnlyList<SeriesTable> histories, int horizon)
    {
        int longest = histories.Max(history =>
        {
            SeriesTable last = history.Slice(Math.Max(0, history.Rows - 64), Math.Min(64, history.Rows));
            return Enumerable.Range(0, last.Rows).Max(
                row => tokenizer.Encode(last.Slice(row, 1).ToLines(info.Decimals)).Length);
        });
        return (2 * horizon * longest + _patchSize - 1) / _patchSize;
    }

    /// <summary>Appends patches to every sequence until all have their rows.</summary>
    private void Write(List<int>[] written, int firstSequence, ForecastRequest request, int mostPatches)
    {
        int[] rows = new int[written.Length];
        int patches = 0;
        while (patches < mostPatches && rows.Min() < request.Horizon)
        {
            int read = Math.Min(written[0].Count / _patchSize, Math.Max(1, contextPatches / 2));
            if (patches == 0)
            {
                // As much of the past as leaves room for the forecast, but at least half a context.
                read = Math.Min(written[0].Count / _patchSize, Math.Max(read, contextPatches - (mostPatches + 1) / 2));
            }

            int room = Math.Min(mostPatches - patches, Math.Max(1, contextPatches - read));
            int firstPatch = patches;
            using CalmGenerator generator = new(model, device);
            CalmSequence[] sequences =
            [
                .. written.Select((_, i) => generator.Begin(
                    TemperatureSamplers.Batch(request.Agreement, request.Candidates),
                    new Noise(model.Config, request, firstSequence + i, firstPatch), read + room)),
            ];
            for (int i = 0; i < room && rows.Min() < request.Horizon; i++, patches++)
            {
                int unread = (i == 0 ? read : 1) * _patchSize;
                for (int sequence = 0; sequence < written.Length; sequence++)
                {
                    generator.Read(sequences[sequence], CollectionsMarshal.AsSpan(written[sequence])[^unread..]);
                }

                ChosenPatch[] chosen = generator.Next(sequences);
                for (int sequence = 0; sequence < written.Length; sequence++)
                {
                    written[sequence].AddRange(chosen[sequence].Tokens);
                    rows[sequence] += tokenizer.Decode(chosen[sequence].Tokens).AsSpan().Count((byte)'\n');
                }
            }
        }
    }

    /// <summary>Decodes tokens to values, [H, columns].</summary>
    private double[] Rows(List<int> ids, SeriesTable history, int horizon, ref int malformed)
    {
        int width = info.Columns.Length;
        string[] lines = Encoding.UTF8.GetString(tokenizer.Decode([.. ids])).Split('\n');
        double[] values = new double[horizon * width];
        double[] row = history.Values(history.Rows - 1, 1).ToArray();
        for (int step = 0; step < horizon; step++)
        {
            // The text behind the last line feed is no whole row.
            double[] before = row;
            if (step < lines.Length - 1 && TryParse(lines[step], width, out double[] read)
                && read.Zip(before, (value, last) => info.Difference ? value + last : value).ToArray() is var next
                && next.All(double.IsFinite))
            {
                row = next;
            }
            else
            {
                malformed++;
            }

            row.CopyTo(values, step * width);
        }

        return values;
    }

    private static bool TryParse(string line, int width, out double[] values)
    {
        string[] fields = line.Split(',');
        values = new double[width];
        bool isRow = fields.Length == width;
        for (int column = 0; column < width && isRow; column++)
        {
            isRow = double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out values[column])
                && double.IsFinite(values[column]);
        }

        return isRow;
    }

    /// <summary>Randomness found by the forecast's number and patch.</summary>
    private sealed class Noise(CalmConfig config, ForecastRequest request, int forecast, int firstPatch) : IGenerationNoise
    {
        public Tensor Draws(Tape tape, int patch, int first, int count) => DrawNoise.Make(
            tape, config, forecast * request.Candidates + first, count,
            RandomStreams.ForecastNoise(request.Seed, (uint)(firstPatch + patch)));

        public ChoiceNoise Choice(int patch) => new(
            RandomStreams.ForecastChoice(request.Seed, (uint)(firstPatch + patch)).Uniform((ulong)forecast),
            default, default);
    }
}
