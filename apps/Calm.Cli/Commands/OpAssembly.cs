using System.Reflection;
using System.Runtime.Loader;
using Calm.Kernels;

namespace Calm.Cli;

/// <summary>An assembly outside the program that brings ops with their cases, or providers of ops.</summary>
internal static class OpAssembly
{
    /// <summary>The cases of an assembly's ops. Its other dependencies are looked for beside it.</summary>
    /// <param name="path">The .dll.</param>
    /// <param name="sizes">The sizes of a model, for the cases of benchmarks; null for all others.</param>
    /// <exception cref="UsageException">It cannot be loaded, was built against another Calm, or brings no cases.</exception>
    public static IReadOnlyList<OpCase> CasesOf(string path, CaseSizes? sizes = null) =>
        Read($"--assembly {path}", path, "cases", assembly => CasesOf(assembly, path, sizes));

    /// <summary>The ops of an assembly that take any sizes.</summary>
    /// <param name="path">The .dll.</param>
    /// <exception cref="UsageException">It cannot be loaded, or was built against another Calm.</exception>
    public static IReadOnlyList<CaseSweep> SweepsOf(string path) =>
        Read($"--assembly {path}", path, "cases", OpCases.Sweeps);

    /// <summary>Loads an assembly and takes something out of it.</summary>
    /// <param name="origin">The place that names it, at the beginning of messages.</param>
    /// <param name="path">The .dll.</param>
    /// <param name="content">A word for what is taken, in the plural.</param>
    /// <param name="take">Takes it.</param>
    /// <exception cref="UsageException">It cannot be loaded, or was built against another Calm.</exception>
    public static T Read<T>(string origin, string path, string content, Func<Assembly, T> take)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"{origin}: no such file.");
        }

        try
        {
            return take(Load(Path.GetFullPath(path)));
        }
        catch (TargetInvocationException failure)
        {
            throw new UsageException($"{origin}: its {content} cannot be made: {FirstLine(failure.InnerException!)}");
        }
        catch (Exception failure) when (failure is BadImageFormatException or FileLoadException or FileNotFoundException)
        {
            throw new UsageException($"{origin}: is no .NET assembly that loads here: {FirstLine(failure)}");
        }
        catch (Exception failure) when (failure is ReflectionTypeLoadException or TypeLoadException or MissingMemberException)
        {
            throw new UsageException(
                $"{origin}: does not fit this Calm; build it against the same packages: {FirstLine(failure)}");
        }
    }

    private static IReadOnlyList<OpCase> CasesOf(Assembly assembly, string path, CaseSizes? sizes)
    {
        IReadOnlyList<OpCase> cases = sizes is null ? OpCases.Find(assembly) : OpCases.FindAt(assembly, sizes);
        if (cases.GroupBy(c => c.Name).FirstOrDefault(same => same.Count() > 1) is { } same)
        {
            throw new UsageException($"--assembly {path}: {same.Count()} cases are named {same.Key}; give each its own label.");
        }

        return cases.Count > 0
            ? cases
            : throw new UsageException(
                $"--assembly {path}: no {nameof(IOpCases)} with a constructor without parameters gives a case.");
    }

    // Calm's own assemblies and ILGPU are those of the program, so that types are the same on both sides.
    private static Assembly Load(string path)
    {
        AssemblyDependencyResolver resolver = new(path);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            resolver.ResolveAssemblyToPath(name) is { } found ? context.LoadFromAssemblyPath(found) : null;
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
    }

    private static string FirstLine(Exception failure)
    {
        Exception cause = failure is ReflectionTypeLoadException { LoaderExceptions: [{ } first, ..] } ? first : failure;
        return cause.Message.Split('\n')[0].Trim();
    }
}
