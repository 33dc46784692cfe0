// Continues a text with a trained model, and prints the text while it is written.
//     dotnet run --project samples/Generate -c Release -- RUN "Once upon a time"
// RUN is the folder of a language model's run: of calm train, of calm demo or of the sample TrainTinyCalm.
using Calm.Runtime;
using Calm.Training;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: Generate RUN [PROMPT]");
    return 2;
}

// A lower temperature gives more usual text. CALM draws latents, whose probabilities nobody knows, so it lowers the
// temperature by drawing several candidates of each patch and preferring what comes more than once.
GenerationRequest request = new(args.Length > 1 ? args[1] : "", Temperature: 0.5, MostTokens: 200, Seed: 1);
try
{
    using Device device = DeviceList.Open("auto");
    using LanguageModel model = LanguageModel.Open(args[0], device);
    GeneratedText text = model.Generate(request, Console.Write);
    Console.WriteLine();
    Console.WriteLine($"({text.Tokens} tokens, {1000 * text.SecondsPerChunk:F1} ms for each of the model's steps)");
    return 0;
}
catch (CalmException failure)
{
    // Errors that a user can mend have a message of one line.
    Console.Error.WriteLine(failure.Message);
    return 1;
}
