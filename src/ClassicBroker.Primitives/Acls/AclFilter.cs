namespace ClassicBroker.Primitives.Acls;

/// <summary>
/// Picks ACLs by resource and by entry. Null and <c>Any</c> stand for whatever is there; codes that are none match nothing. Immutable.
/// </summary>
public sealed record AclFilter
{
    public AclResourceType ResourceType { get; init; } = AclResourceType.Any;

    public string? Name { get; init; }

    public AclPatternType Pattern { get; init; } = AclPatternType.Any;

    public string? Principal { get; init; }

    public string? Host { get; init; }

    public AclOperation Operation { get; init; } = AclOperation.Any;

    public AclPermission Permission { get; init; } = AclPermission.Any;

    /// <summary>The one resource that can match; null where several can.</summary>
    public AclResource? OnlyResource =>
        Name is not null && AclNames.ResourceTypes.Contains(ResourceType) && Pattern is AclPatternType.Literal or AclPatternType.Prefixed
            ? new(ResourceType, Name, Pattern)
            : null;

    public bool Matches(in AclResource resource) =>
        (ResourceType == AclResourceType.Any || ResourceType == resource.Type) && Pattern switch
        {
            AclPatternType.Any => Name is null || Name == resource.Name,
            AclPatternType.Match => Name is null || resource.Pattern switch
            {
                AclPatternType.Literal => resource.Name == Name || resource.Name == AclResource.Wildcard,
                _ => Name.StartsWith(resource.Name, StringComparison.Ordinal),
            },
            _ => Pattern == resource.Pattern && (Name is null || Name == resource.Name),
        };

    public bool Matches(in AclEntry entry) =>
        (Principal is null || Principal == entry.Principal)
        && (Host is null || Host == entry.Host)
        && (Operation == AclOperation.Any || Operation == entry.Operation)
        && (Permission == AclPermission.Any || Permission == entry.Permission);
}
