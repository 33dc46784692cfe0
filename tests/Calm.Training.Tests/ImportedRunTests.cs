namespace Calm.Training.Tests;

/// <summary>An import that is interrupted anywhere leaves nothing that is taken for a run, and can be made again.</summary>
public sealed class ImportedRunTests
{
    [Fact]
    public void After_a_crash_at_any_operation_the_import_is_whole_or_can_be_made_again()
    {
        string source = Path.Combine(Golden.Checkpoints, "ar_llama");
        bool crashed = true;
        for (int operation = 0; crashed; operation++)
        {
            using TemporaryFolder folder = new();
            string run = folder["run"];
            crashed = DiskFaults.CrashAt(operation, () => Import(run));
            if (!RunFolder.Exists(run))
            {
                Assert.True(ImportedRun.IsFree(run), $"after operation {operation}");
                Import(run);
            }

            Assert.False(ImportedRun.IsFree(run));
            string model = RunFolder.Open(run).LatestModel();
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(source, ModelFolder.WeightsFile)).Length,
                new FileInfo(Path.Combine(model, ModelFolder.WeightsFile)).Length);
        }

        void Import(string run) => ImportedRun.Create(
            run, source, autoencoder: null,
            ids => new IdsTokenizer(ids.Vocabulary!.Value, ids.Begin!.Value, ids.EndOfText!.Value, ids.Pad!.Value));
    }

    [Fact]
    public void A_folder_with_anything_else_is_not_free()
    {
        using TemporaryFolder folder = new();
        Assert.True(ImportedRun.IsFree(folder["nowhere"]));
        folder.Write("model/config.json", "{}");
        folder.Write("trained/checkpoints/step-000000010/manifest.json", "{}");
        Assert.False(ImportedRun.IsFree(folder["model"]));
        Assert.False(ImportedRun.IsFree(folder["trained"]));
    }
}
