using System.CommandLine;
using System.Diagnostics;

namespace Calm.Faults;

/// <summary>For every command a line that works and takes little time, in which one value can be replaced.</summary>
internal sealed class BaseCommands
{
    private const string New = "{new}";

    private readonly TemporaryFolder _folder;
    private readonly Dictionary<string, string[]> _lines;
    private int _fresh;

    /// <summary>Makes the runs and files that the lines name.</summary>
    public BaseCommands(TemporaryFolder folder)
    {
        _folder = folder;
        Nano.PrepareAll(folder);

        folder.Write("samples.jsonl", string.Concat(Enumerable.Repeat(
            "{\"truth\":[1,2,3,4],\"draws\":[[1,2,3,4],[1,2,5,6]]}\n", 20)));
        folder.Write("prompts.txt", "the\na key\n");
        Directory.CreateDirectory(folder["folder"]);
        if (HasDevice)
        {
            using Process made = Process.Start("mknod", [folder["device"], "c", "1", "3"]);
            made.WaitForExit();
        }

        _lines = Lines();
    }

    /// <summary>Whether a device of our own can be made: nobody should risk the system's.</summary>
    public static bool HasDevice => OperatingSystem.IsLinux() && Environment.UserName == "root";

    /// <summary>The line of a command with a value in place of its own.</summary>
    /// <param name="path">The command's words.</param>
    /// <param name="symbol">The option or argument.</param>
    /// <param name="value">The value.</param>
    public string[] With(string[] path, Symbol symbol, string value)
    {
        List<string> line = [.. path, .. _lines.GetValueOrDefault(string.Join(' ', path)) ?? _lines[path[0]]];
        if (symbol is Argument)
        {
            int at = path.Length;
            bool isThere = at < line.Count && !line[at].StartsWith('-');
            line.RemoveRange(at, isThere ? 1 : 0);
            line.Insert(at, value);
            return [.. line];
        }

        int known = line.IndexOf(symbol.Name);
        if (known >= 0)
        {
            line.RemoveRange(known, 2);
        }

        return [.. line, symbol.Name, value];
    }

    /// <summary>The line with paths of its own for what it writes.</summary>
    public string[] Fresh(string[] line)
    {
        string fresh = _folder[$"new-{Interlocked.Increment(ref _fresh)}"];
        return [.. line.Select(word => word == New ? fresh : word)];
    }

    private Dictionary<string, string[]> Lines()
    {
        string[] host = ["--device", "host", "--threads", "1", "--memory", "400"];
        string[] train = ["--run", New, "--preset", "tiny", "--config", _folder["nano.json"], "--steps", "1", .. host];
        return new Dictionary<string, string[]>
        {
            ["demo"] = ["--text", _folder["text.txt"], "--out", New, "--minutes", "0.02", "--config", _folder["nano.json"], .. host],
            ["devices"] = [],
            ["verify"] = ["--op", "RmsNorm", .. host],
            ["bench"] = ["--op", "RmsNorm", "--seconds", "0.01", .. host],
            ["kernels"] = ["--op", "RmsNorm"],
            ["flops"] = [_folder["calm"]],
            ["frontier"] = [_folder["calm"]],
            ["data stats"] = [_folder["text.txt"]],
            ["tokenizer train"] = ["--data", _folder["text.txt"], "--vocabulary", "300", "--out", New],
            ["tokenizer encode"] = ["--text", "the"],
            ["tokenizer decode"] = ["97"],
            ["tokenizer convert"] = [_folder["ae/data/tokenizer.json"], "--out", New],
            ["train autoencoder"] = ["--data", _folder["text.txt"], .. train],
            ["train calm"] = ["--autoencoder", _folder["ae"], .. train],
            ["train ar"] = ["--autoencoder", _folder["ae"], .. train],
            ["evaluate"] = [_folder["calm"], "--patches", "16", .. host],
            ["generate"] = [_folder["calm"], "--prompt", "the", "--max-tokens", "4", "--candidates", "4", .. host],
            ["score"] =
                [_folder["calm"], "--prompt", "the", "--continuations", _folder["prompts.txt"], "--ends", "--draws", "4", .. host],
            ["example series"] = ["--out", New, "--rows", "50"],
            ["study"] = ["--data", _folder["text.txt"], "--out", New, "--steps", "2", .. host],
            ["brier"] = [_folder["samples.jsonl"]],
            ["inspect"] = [_folder["calm"], .. host],
        };
    }
}
