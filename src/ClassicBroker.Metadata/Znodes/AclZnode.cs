namespace ClassicBroker.Metadata.Znodes;

/// <summary>Where access control lists of literal and prefixed resources, and the notices of their changes, live (KIP-290).</summary>
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
}
