using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Calm.Cli;

/// <summary>
/// The output of a command: results go to <see cref="Out"/>, everything else to <see cref="Error"/>. With <c>--json</c>
/// <see cref="Out"/> gets one line with one object and nothing else.
/// </summary>
internal sealed class Terminal
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new NumberOrNull() },
    };

    /// <summary>Writes null for what JSON has no number for.</summary>
    private sealed class NumberOrNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }

    /// <summary>Standard output and error, or what stands for them.</summary>
    public Terminal(TextWriter output, TextWriter error)
        : this(output, error, StatusLine.Of(error), ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected)
    {
    }

    /// <summary>Given outputs.</summary>
    /// <param name="output">Results.</param>
    /// <param name="error">Everything else.</param>
    /// <param name="status">The line that says what is going on.</param>
    /// <param name="isTerminal">Whether results go to a terminal.</param>
    public Terminal(TextWriter output, TextWriter error, StatusLine status, bool isTerminal)
    {
        Status = status;
        Out = new ClearWriter(output, status, isTerminal);
        Error = new ClearWriter(error, status, isTerminal: true);
    }

    /// <summary>Results.</summary>
    public TextWriter Out { get; }

    /// <summary>Remarks and errors. Control characters in them are never of use, wherever they go.</summary>
    public TextWriter Error { get; }

    /// <summary>The line that says what is going on.</summary>
    public StatusLine Status { get; }

    /// <summary>Opens standard input, or what stands for it.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Whether the result is written as JSON.</summary>
    public bool Json { get; set; }

    /// <summary>Whether errors come with their stack.</summary>
    public bool Debug { get; set; }

    /// <summary>Does work that may take a while, and says so.</summary>
    /// <param name="what">The work, such as "reading runs/calm".</param>
    /// <param name="work">The work; it may tell how far it is.</param>
    public T During<T>(string what, Func<Activity, T> work)
    {
        using Activity activity = Status.Begin(what);
        return work(activity);
    }

    /// <summary>Suggests the next command, as it can be typed, to a person.</summary>
    public void Next(string command)
    {
        if (!Json)
        {
            Error.WriteLine($"next: {command}");
        }
    }

    /// <summary>Writes the command's result: the object as JSON, or what <paramref name="write"/> writes for people.</summary>
    public void Result<T>(T result, Action<TextWriter> write)
    {
        if (Json)
        {
            Out.WriteLine(JsonSerializer.Serialize(result, JsonOptions));
        }
        else
        {
            write(Out);
        }
    }
}
