using System.Text.RegularExpressions;

namespace Calm.Cli;

/// <summary>Machine code of a method, as the runtime's JIT lists it.</summary>
/// <param name="Name">Type, name and types of the method.</param>
/// <param name="Text">The listing.</param>
/// <param name="Bytes">Bytes of code.</param>
internal sealed record JitMethod(string Name, string Text, int Bytes);

/// <summary>Reads what the JIT wrote for <c>DOTNET_JitDisasm</c>.</summary>
internal static partial class JitListing
{
    private const string Start = "; Assembly listing for method ";
    private const string Invoke = "Calm.Runtime.ThreadTeam:Invoke[";

    /// <summary>The methods of a listing, each in the last version that was compiled.</summary>
    public static IReadOnlyDictionary<string, JitMethod> Read(string listing)
    {
        Dictionary<string, JitMethod> methods = [];
        foreach (string part in listing.ReplaceLineEndings("\n").Split(Start).Skip(1))
        {
            string title = part[..part.IndexOf('\n', StringComparison.Ordinal)];
            string name = title[..title.LastIndexOf(" (", StringComparison.Ordinal)];
            Match bytes = TotalBytes().Match(part);
            if (bytes.Success)
            {
                string text = string.Join('\n', part.Split('\n').Select(line => line.TrimEnd())).Trim('\n');
                methods[name] = new JitMethod(name, $"{Start}{text}", int.Parse(bytes.Groups[1].ValueSpan));
            }
        }

        return methods;
    }

    /// <summary>The host's loops: methods that a job's chunk reaches, without those of the runtime's library.</summary>
    /// <returns>By job, each with its methods in the order of their calls.</returns>
    public static IReadOnlyList<(string Job, IReadOnlyList<JitMethod> Methods)> Loops(
        IReadOnlyDictionary<string, JitMethod> methods) =>
    [
        .. methods.Keys.Where(name => name.StartsWith(Invoke, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (JobOf(name), Reached(name, methods))),
    ];

    /// <summary>A type or method without its namespaces: RmsNorm+ForwardJob:Run[Lanes512].</summary>
    public static string ShortName(string name) => Namespace().Replace(name.Split('(')[0], "");

    private static string JobOf(string invoke)
    {
        string types = invoke[Invoke.Length..invoke.LastIndexOf("](", StringComparison.Ordinal)];
        return ShortName(types[..types.LastIndexOf(',')]);
    }

    private static List<JitMethod> Reached(string root, IReadOnlyDictionary<string, JitMethod> methods)
    {
        List<JitMethod> found = [];
        HashSet<string> seen = [root];
        Queue<string> waiting = new(seen);
        while (waiting.TryDequeue(out string? name))
        {
            JitMethod method = methods[name];
            found.Add(method);
            foreach (Match call in Call().Matches(method.Text))
            {
                string callee = call.Groups[1].Value;
                callee = callee.StartsWith('[') && callee.EndsWith(']') ? callee[1..^1] : callee;
                if (!callee.StartsWith("System.", StringComparison.Ordinal) && methods.ContainsKey(callee) && seen.Add(callee))
                {
                    waiting.Enqueue(callee);
                }
            }
        }

        return found;
    }

    [GeneratedRegex(@"^; Total bytes of code (\d+)", RegexOptions.Multiline)]
    private static partial Regex TotalBytes();

    [GeneratedRegex(@"^\s+(?:call|tail\.jmp|jmp)\s+(\S.*?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Call();

    [GeneratedRegex(@"(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")]
    private static partial Regex Namespace();
}
