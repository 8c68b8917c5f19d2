using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Tools.Acls;

/// <summary>ACLs in the words of Kafka's tool. Stateless.</summary>
internal static class AclText
{
    public static string Of(AclResource resource) =>
        $"ResourcePattern(resourceType={AclNames.Upper(resource.Type)}, name={resource.Name}, "
        + $"patternType={resource.Pattern.ToString().ToUpperInvariant()})";

    /// <summary>The lines of a list, each behind a tab, in the room Kafka leaves around them.</summary>
    public static string Of(IEnumerable<AclEntry> entries) => $"\n {string.Join('\n', entries.Select(entry => "\t" + Of(entry)))} \n";

    private static string Of(AclEntry entry) =>
        $"(principal={entry.Principal}, host={entry.Host}, operation={AclNames.Upper(entry.Operation)}, "
        + $"permissionType={entry.Permission.ToString().ToUpperInvariant()})";
}
