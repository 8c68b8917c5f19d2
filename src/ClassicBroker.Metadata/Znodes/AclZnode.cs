using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// Where access control lists of literal and prefixed resources, and the notices of their changes, live, and what they hold (KIP-290).
/// A change of a literal resource is told as <c>TOPIC:name</c>, that of a prefixed one as JSON.
/// </summary>
public static class AclZnode
{
    public const string LiteralRoot = "/kafka-acl";

    public const string PrefixedRoot = "/kafka-acl-extended/prefixed";

    public const string LiteralChanges = "/kafka-acl-changes";

    public const string ExtendedChanges = "/kafka-acl-extended-changes";

    public const string ChangeSequencePrefix = "acl_changes_";

    /// <summary>Resource types as they are spelled in paths.</summary>
    public static readonly IReadOnlyList<string> ResourceTypes =
        ["Topic", "Group", "Cluster", "TransactionalId", "DelegationToken", "User"];

    /// <summary>What the authorizer creates when it starts.</summary>
    public static readonly IReadOnlyList<string> Persistent =
    [
        .. ResourceTypes.Select(type => $"{LiteralRoot}/{type}"),
        .. ResourceTypes.Select(type => $"{PrefixedRoot}/{type}"),
        LiteralChanges,
        ExtendedChanges,
    ];

    private const int Version = 1;

    public static string Path(AclResource resource) =>
        $"{TypePath(resource.Type, resource.Pattern)}/{ZnodeName.Of("resource", resource.Name)}";

    /// <summary>The parent of all resources of a type and pattern.</summary>
    public static string TypePath(AclResourceType type, AclPatternType pattern) =>
        $"{(pattern == AclPatternType.Prefixed ? PrefixedRoot : LiteralRoot)}/{type}";

    public static byte[] Encode(IEnumerable<AclEntry> entries) =>
        ZnodeWriter.Object(json =>
        {
            json.WriteStartArray("acls");
            foreach (var entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("principal", entry.Principal);
                json.WriteString("permissionType", entry.Permission.ToString());
                json.WriteString("host", entry.Host);
                json.WriteString("operation", entry.Operation.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("version", Version);
        });

    /// <exception cref="MalformedDataException">The data is no list of ACLs that can be understood whole.</exception>
    public static SortedSet<AclEntry> Decode(string path, byte[] data)
    {
        var entries = new SortedSet<AclEntry>(AclEntry.Order);
        if (data.Length == 0)
        {
            return entries;
        }

        var json = ZnodeReader.Parse(path, data);
        if (json.Int("version") != Version)
        {
            throw json.Wrong("version", $"{Version}");
        }

        foreach (var acl in json.Objects("acls"))
        {
            var principal = acl.Text("principal");
            entries.Add(new AclEntry(
                principal.Contains(':', StringComparison.Ordinal) ? principal : throw acl.Wrong("principal", "a type and a name"),
                AclNames.Permission(acl.Text("permissionType")) ?? throw acl.Wrong("permissionType", "Allow or Deny"),
                acl.Text("host"),
                AclNames.Operation(acl.Text("operation")) ?? throw acl.Wrong("operation", "an operation")));
        }

        return entries;
    }

    /// <summary>Where a change of a resource is told, and how.</summary>
    public static (string PathPrefix, byte[] Data) Change(AclResource resource) =>
        resource.Pattern == AclPatternType.Prefixed
            ? ($"{ExtendedChanges}/{ChangeSequencePrefix}", ZnodeWriter.Object(Version, json =>
            {
                json.WriteString("resourceType", AclNames.Upper(resource.Type));
                json.WriteString("name", resource.Name);
                json.WriteString("patternType", "PREFIXED");
            }))
            : ($"{LiteralChanges}/{ChangeSequencePrefix}", Encoding.UTF8.GetBytes($"{AclNames.Upper(resource.Type)}:{resource.Name}"));

    /// <summary>The resource a notice names; brokers spell its type in several ways.</summary>
    /// <exception cref="MalformedDataException">It names none.</exception>
    public static AclResource DecodeChange(string name, byte[] data)
    {
        var text = Encoding.UTF8.GetString(data);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && AclNames.ResourceType(text[..colon]) is { } type
            ? new(type, text[(colon + 1)..], AclPatternType.Literal)
            : throw new MalformedDataException($"Notification {name} names no resource: {text}");
    }

    /// <inheritdoc cref="DecodeChange"/>
    public static AclResource DecodeExtendedChange(string name, byte[] data)
    {
        var json = ZnodeReader.Parse(name, data);
        if (json.Int("version") > Version)
        {
            throw json.Wrong("version", $"{Version}");
        }

        var pattern = json.Text("patternType").ToUpperInvariant() switch
        {
            "PREFIXED" => AclPatternType.Prefixed,
            "LITERAL" => AclPatternType.Literal,
            _ => throw json.Wrong("patternType", "LITERAL or PREFIXED"),
        };
        return new(
            AclNames.ResourceType(json.Text("resourceType")) ?? throw json.Wrong("resourceType", "a type of resource"),
            json.Text("name"),
            pattern);
    }
}
