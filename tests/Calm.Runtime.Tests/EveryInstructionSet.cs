namespace Calm.Runtime.Tests;

/// <summary>The register widths that this machine can run, as theory data.</summary>
public sealed class EveryInstructionSet : TheoryData<InstructionSet>
{
    public EveryInstructionSet()
    {
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))
        {
            Add(set);
        }
    }
}
