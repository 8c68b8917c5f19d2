using System.Reflection;

namespace ClassicBroker.Server.Hosting;

/// <summary>Which build this is, and which release of Kafka it stands in for. Immutable.</summary>
internal static class ProductVersion
{
    public const string Kafka = "3.9.2";

    private const int CommitLength = 12;

    /// <summary>The version of this product.</summary>
    public static string Product { get; } = Informational().Split('+')[0];

    /// <summary>The commit it was built from, shortened; <c>unknown</c> where the build had no repository.</summary>
    public static string Commit { get; } =
        Informational().Split('+') is [_, { Length: >= CommitLength } commit] ? commit[..CommitLength] : "unknown";

    private static string Informational() =>
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
