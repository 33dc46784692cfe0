using System.Reflection;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Finds libraries that compute ops beside ours: those of the program, and those of assemblies outside it.</summary>
internal static class OpProviders
{
    /// <summary>The environment variable that lists assemblies with more providers, separated as in PATH.</summary>
    public const string Variable = "CALM_PROVIDERS";

    /// <summary>Opens providers beside a device.</summary>
    /// <param name="names">Their names; ours is none of them.</param>
    /// <param name="device">The device of our side.</param>
    /// <returns>The providers in the order of their names. The caller disposes them.</returns>
    /// <exception cref="UsageException">A name is unknown, or a provider does not run here.</exception>
    public static IReadOnlyList<IOpProvider> Open(IReadOnlyList<string> names, Device device)
    {
        IReadOnlyList<IOpProvider> found = Find();
        List<IOpProvider> opened = [];
        try
        {
            foreach (string name in names.Distinct())
            {
                IOpProvider provider = Named(name, found);
                opened.Add(provider);
                if (provider.Open(device) is { } reason)
                {
                    throw new UsageException($"--providers {name}: {reason}.");
                }
            }

            return opened;
        }
        catch
        {
            Dispose(opened);
            throw;
        }
        finally
        {
            Dispose(found.Except(opened));
        }
    }

    /// <summary>All providers, none of them open.</summary>
    /// <exception cref="UsageException">An assembly cannot be used, or two providers have one name.</exception>
    public static IReadOnlyList<IOpProvider> Find()
    {
        string[] paths = (Environment.GetEnvironmentVariable(Variable) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        IOpProvider[] all =
        [
            new OpenBlasProvider(), new ClBlastProvider(), new CuBlasProvider(),
            .. paths.SelectMany(path => OpAssembly.Read($"{Variable}: {path}", path, "providers", Of)),
        ];
        return all.GroupBy(provider => provider.Name).FirstOrDefault(same => same.Count() > 1) is { } same
            ? throw new UsageException($"{Variable}: {same.Count()} providers are named {same.Key}; leave one out.")
            : all;
    }

    private static IOpProvider Named(string name, IReadOnlyList<IOpProvider> found) =>
        found.FirstOrDefault(provider => provider.Name == name)
            ?? throw new UsageException(
                $"--providers {name}: must be one of calm, {string.Join(", ", found.Select(provider => provider.Name))}"
                + (found.Any(provider => provider.Name == "libtorch") ? "." : "; bench/libtorch.sh provides libtorch."));

    private static IOpProvider[] Of(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => typeof(IOpProvider).IsAssignableFrom(type) && !type.IsAbstract)
            .Where(type => type.GetConstructor(Type.EmptyTypes) is not null)
            .Select(type => (IOpProvider)Activator.CreateInstance(type)!),
    ];

    private static void Dispose(IEnumerable<IOpProvider> providers)
    {
        foreach (IOpProvider provider in providers)
        {
            provider.Dispose();
        }
    }
}
