using System.Security.Cryptography;
using System.Text;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>All sorts of choices. docs/kernels.md has the table, and the reasons why the rest is fixed.</summary>
internal static class ChoiceKinds
{
    /// <summary>The kernel of a product: <see cref="Kernels.ProductForm"/>.</summary>
    public static readonly ChoiceKind ProductForm = new(
        "product form", ChoiceLevel.Form, [.. Enum.GetValues<ProductForm>().Where(f => f != 0).Select(f => (int)f)],
        static (gpu, form) => (gpu.Family == KernelFamily.Direct) == (form >= (int)Kernels.ProductForm.Rows32))
    {
        Text = static form => ((ProductForm)form).ToString(),
    };

    /// <summary>Threads along a side of a product's tile.</summary>
    public static readonly ChoiceKind ProductSide =
        new("product side", ChoiceLevel.Share, [8, 16], static (gpu, _) => TiledGemm.HasLargeTiles(gpu));

    /// <summary>Columns of a group of a product of few rows.</summary>
    public static readonly ChoiceKind ThinColumns =
        new("thin columns", ChoiceLevel.Share, [16, 32], static (gpu, _) => HasFullGroups(gpu));

    /// <summary>Rows that a work item computes from one panel.</summary>
    public static readonly ChoiceKind ProductRows = new("product rows", ChoiceLevel.Share, [12, 24, 48, 96, 192], IsDirect);

    /// <summary>Floats of a product's operands that are packed at once.</summary>
    public static readonly ChoiceKind PackedFloats =
        new("packed floats", ChoiceLevel.Memory, [1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22], IsDirect);

    /// <summary>Neighbouring columns that a thread adds up.</summary>
    public static readonly ChoiceKind Columns = new(
        "columns", ChoiceLevel.Share, [1, 4, 8, 16, 32],
        static (gpu, columns) => gpu.Family == KernelFamily.Direct ? columns >= 8 : columns <= 4);

    /// <summary>Work items that share the blocks of attention.</summary>
    public static readonly ChoiceKind AttentionItems =
        new("attention items", ChoiceLevel.Share, [16, 32, 64, 128, 256], IsDirect);

    /// <summary>Ids that a work item goes through for an arg max.</summary>
    public static readonly ChoiceKind ArgMaxIds = new("arg max ids", ChoiceLevel.Share, [64, 128, 256, 512, 1024], IsDirect);

    /// <summary>Threads along a side of an arg max's tile.</summary>
    public static readonly ChoiceKind ArgMaxSide = new(
        "arg max side", ChoiceLevel.Share, [8, 16], static (gpu, _) => !gpu.HasSmallGroups && gpu.Limits.Threads >= 256);

    /// <summary>Elements of a team of the optimiser.</summary>
    public static readonly ChoiceKind Slice =
        new("slice", ChoiceLevel.Share, [512, 1024, 2048, 4096, 8192], static (_, _) => true);

    /// <summary>Threads of a team that adds nothing up.</summary>
    public static readonly ChoiceKind Team = new(
        "team", ChoiceLevel.Threads, [64, 128, 256],
        static (gpu, threads) => HasFullGroups(gpu) && threads <= gpu.Limits.Threads)
    {
        IsOfOneLaunch = true,
    };

    /// <summary>Threads of a group of a kernel with one thread an item.</summary>
    public static readonly ChoiceKind Threads = new(
        "threads", ChoiceLevel.Threads, [4, 8, 16, 32, 64, 128, 256, 512, 1024],
        static (gpu, threads) => threads <= gpu.Limits.Threads
            && (gpu.Kind == DeviceKind.Emulated ? threads <= Group16.Size : threads >= Group16.Size))
    {
        IsOfOneLaunch = true,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChoiceKind> All { get; } =
    [
        ProductForm, ProductSide, ThinColumns, ProductRows, PackedFloats, Columns, AttentionItems, ArgMaxIds, ArgMaxSide, Slice,
        Team, Threads,
    ];

    /// <summary>A word for the sorts and their candidates: tables of other ones are of another version.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', All.Select(kind => $"{kind.Name}: {string.Join(' ', kind.Values.Select(kind.Text))}")))))[..16];

    /// <summary>The sort of a name; null if there is none.</summary>
    public static ChoiceKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    private static bool IsDirect(IlgpuDevice gpu, int value) => gpu.Family == KernelFamily.Direct;

    private static bool HasFullGroups(IlgpuDevice gpu) => !gpu.HasSmallGroups && gpu.Limits.Threads >= Group128.Size;
}
