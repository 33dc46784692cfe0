using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Calm.Cli;

/// <summary>
/// The output of a command: results go to <see cref="Out"/>, everything else to <see cref="Error"/>. With <c>--json</c>
/// <see cref="Out"/> gets one line with one object and nothing else.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error)
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

    /// <summary>Results.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Progress, remarks and errors.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Whether the result is written as JSON.</summary>
    public bool Json { get; set; }

    /// <summary>Whether errors come with their stack.</summary>
    public bool Debug { get; set; }

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
