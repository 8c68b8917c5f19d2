using System.Text.Json;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Acls;

/// <summary>The list <c>acls</c> of <c>kafka-acls --output</c>: an entry for each ACL. Stateless.</summary>
internal static class AclFacts
{
    /// <summary>The list's name.</summary>
    public const string Acls = "acls";

    public static void Add(FactDocument facts, AclResource resource, IEnumerable<AclEntry> entries)
    {
        foreach (var entry in entries)
        {
            facts.Add(Acls, json => Write(json, resource, entry));
        }
    }

    /// <summary>What was added or removed; no entries stand for all of the resource.</summary>
    public static void AddChanged(FactDocument? facts, AclResource resource, IReadOnlyList<AclEntry> entries, string action)
    {
        foreach (var entry in entries.Count == 0 ? (AclEntry?[])[null] : [.. entries])
        {
            facts?.Add(Acls, json =>
            {
                Write(json, resource, entry);
                json.WriteString("action", action);
            });
        }
    }

    private static void Write(Utf8JsonWriter json, AclResource resource, AclEntry? entry)
    {
        json.WriteString("resourceType", AclNames.Upper(resource.Type));
        json.WriteString("resourceName", resource.Name);
        json.WriteString("patternType", resource.Pattern.ToString().ToUpperInvariant());
        json.WriteString("principal", entry?.Principal);
        json.WriteString("host", entry?.Host);
        json.WriteString("operation", entry is { } known ? AclNames.Upper(known.Operation) : null);
        json.WriteString("permissionType", entry?.Permission.ToString().ToUpperInvariant());
    }
}
