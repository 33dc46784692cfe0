namespace Calm.Training;

/// <summary>Names of .NET documentation, such as <c>M:System.String.Format(System.String,System.Object)</c>.</summary>
internal static class DocId
{
    /// <summary>The type that a member belongs to, or the type itself, with its namespace.</summary>
    public static string DeclaringType(string id)
    {
        string name = FullName(id);
        int dot = id.StartsWith("T:", StringComparison.Ordinal) ? -1 : name.LastIndexOf('.');
        return dot < 0 ? name : name[..dot];
    }

    /// <summary>The short name of a member, such as <c>Format</c>; for a constructor the name of its type.</summary>
    public static string ShortName(string id)
    {
        string name = FullName(id);
        if (id.StartsWith("N:", StringComparison.Ordinal))
        {
            return name;
        }

        if (name.EndsWith(".#ctor", StringComparison.Ordinal))
        {
            name = name[..^".#ctor".Length];
        }

        string last = name[(name.LastIndexOf('.') + 1)..];
        int generic = last.IndexOf('`', StringComparison.Ordinal);
        return generic < 0 ? last : last[..generic];
    }

    // Without the kind in front and the parameters behind.
    private static string FullName(string id)
    {
        int start = id.IndexOf(':', StringComparison.Ordinal) + 1;
        int end = id.IndexOfAny(['(', '{'], start);
        return (end < 0 ? id[start..] : id[start..end]).TrimEnd('*', '&', '@', '[', ']');
    }
}
