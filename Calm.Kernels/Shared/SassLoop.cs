using System.Text.RegularExpressions;

namespace Calm.Kernels;

/// <summary>A loop of a kernel's machine code: the instructions from a label to the branch back to it.</summary>
/// <param name="Instructions">Their text, without addresses.</param>
internal sealed partial record SassLoop(IReadOnlyList<string> Instructions)
{
    /// <summary>Finds the loops of a kernel.</summary>
    /// <param name="sass">The output of nvdisasm for one kernel.</param>
    /// <returns>In the order of their branches: an inner loop comes before the one around it.</returns>
    public static IReadOnlyList<SassLoop> Of(string sass)
    {
        List<string> instructions = [];
        Dictionary<string, int> labels = [];
        List<SassLoop> loops = [];
        foreach (string line in sass.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
            {
                labels[label.Groups[1].Value] = instructions.Count;
            }
            else if (Instruction().Match(line) is { Success: true } instruction)
            {
                string text = instruction.Groups[1].Value.Trim();
                instructions.Add(text);
                if (Branch().Match(text) is { Success: true } branch
                    && labels.TryGetValue(branch.Groups[1].Value, out int start))
                {
                    loops.Add(new SassLoop(instructions[start..]));
                }
            }
        }

        return loops;
    }

    /// <summary>Number of instructions of a kind.</summary>
    /// <param name="name">Its name, such as HMMA.</param>
    public int Count(string name) =>
        Instructions.Count(text => Regex.IsMatch(text, $@"^(@!?U?P\w+ )?{name}\b"));

    [GeneratedRegex(@"^(\.L\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+/\*[0-9a-f]{4,}\*/\s+([^;]*);")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"BRA\b.*`\((\.L\w+)\)")]
    private static partial Regex Branch();
}
