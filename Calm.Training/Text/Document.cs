namespace Calm.Training;

/// <summary>A piece of text that is modelled as a whole: an end-of-text id follows it.</summary>
/// <param name="Name">Where it comes from, for messages: a file, a line of one, a type.</param>
/// <param name="Text">Its bytes, UTF-8 as a rule.</param>
public readonly record struct Document(string Name, ReadOnlyMemory<byte> Text);
