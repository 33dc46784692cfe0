using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Profiles in the trace event format that chrome://tracing and Perfetto read: an array of complete events, times in
/// microseconds. Steps hold ops, ops hold kernels.
/// </summary>
internal static class ChromeTrace
{
    /// <summary>Writes profiles one after the other.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Profile> profiles) => SafeFile.Write(path, stream =>
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartArray();
        double origin = 0;
        foreach (Profile profile in profiles)
        {
            foreach (ProfiledStep step in profile.Steps)
            {
                WriteStep(json, profile, step, origin);
                origin += step.Seconds;
            }
        }

        json.WriteEndArray();
    });

    private static void WriteStep(Utf8JsonWriter json, Profile profile, ProfiledStep step, double origin)
    {
        Begin(json, profile.Name, "step", origin, origin + step.Seconds);
        json.WriteNumber("percentOther", Round(100 * step.OtherSeconds / step.Seconds));
        End(json);
        foreach (ProfiledCall call in step.Calls)
        {
            ProfileRate rate = ProfileRate.Of([call], profile.Peak);
            Begin(json, call.Op, Profile.Text(call.Direction), origin + call.Start, origin + call.End);
            json.WriteNumber("kernelMicroseconds", Round(call.Seconds * 1e6));
            WriteIfKnown(json, "gflops", rate.Gflops);
            WriteIfKnown(json, "percentOfPeak", rate.PercentOfPeak);
            WriteIfKnown(json, "gbs", rate.Gbs);
            WriteIfKnown(json, "percentOfCopy", rate.PercentOfCopy);
            End(json);
            foreach (ProfiledKernel kernel in call.Kernels)
            {
                Begin(json, kernel.Name, "kernel", origin + kernel.Start, origin + kernel.Start + kernel.Seconds);
                End(json);
            }
        }
    }

    private static void Begin(Utf8JsonWriter json, string name, string category, double start, double end)
    {
        // The end is rounded before the start is taken away, so that nested events stay nested.
        double from = Round(start * 1e6);
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("cat", category);
        json.WriteString("ph", "X");
        json.WriteNumber("ts", from);
        json.WriteNumber("dur", Round(Round(end * 1e6) - from));
        json.WriteNumber("pid", 0);
        json.WriteNumber("tid", 0);
        json.WriteStartObject("args");
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, Round(known));
        }
    }

    private static double Round(double value) => Math.Round(value, 3);
}
