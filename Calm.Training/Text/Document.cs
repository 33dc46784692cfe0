namespace Calm.Training;

/// <summary>A piece of text that is modelled as a unit and ends with an end-of-text token.</summary>
/// <param name="Name">Its origin, for messages: a file, a line of a file, a type.</param>
/// <param name="Text">Its bytes, UTF-8 as a rule.</param>
/// <param name="IsIds">Whether these bytes are ids of the tokenizer instead: integers of four bytes, the low byte first.</param>
public readonly record struct Document(string Name, ReadOnlyMemory<byte> Text, bool IsIds = false);
