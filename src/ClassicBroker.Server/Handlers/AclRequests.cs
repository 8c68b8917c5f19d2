using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;

namespace ClassicBroker.Server.Handlers;

/// <summary>What CreateAcls, DescribeAcls and DeleteAcls have in common. Stateless.</summary>
internal static class AclRequests
{
    /// <summary>What a change is answered where no authorizer is configured.</summary>
    public const string NoAuthorizer = "No Authorizer is configured.";

    /// <summary>What a question is answered where no authorizer is configured.</summary>
    public const string NoAuthorizerOnBroker = "No Authorizer is configured on the broker";

    public static string NotAuthorized(ApiDescriptor api) => $"Request {api} is not authorized.";

    /// <summary>A request that says UNKNOWN itself is none: its connection is closed.</summary>
    public static bool HasUnknown(params ReadOnlySpan<sbyte> codes) => codes.Contains((sbyte)0);

    /// <summary>Codes that are none become UNKNOWN, which matches nothing.</summary>
    public static AclFilter Filter(
        sbyte type, string? name, sbyte pattern, string? principal, string? host, sbyte operation, sbyte permission) =>
        new()
        {
            ResourceType = (AclResourceType)type,
            Name = name,
            Pattern = (AclPatternType)pattern,
            Principal = principal,
            Host = host,
            Operation = (AclOperation)operation,
            Permission = (AclPermission)permission,
        };

    /// <summary>Null where the entry can be added.</summary>
    public static AdminRefusal? FaultOf(in AclResource resource, in AclEntry entry)
    {
        if (IsPlaceholder(resource, entry) || !entry.Principal.Contains(':', StringComparison.Ordinal) || entry.Principal[0] == ':')
        {
            return AdminRefusal.Unforeseen;
        }

        if (resource.Type == AclResourceType.Cluster && resource.Name != AclResource.ClusterName)
        {
            return new(ErrorCode.InvalidRequest, $"The only valid name for the CLUSTER resource is {AclResource.ClusterName}");
        }

        return resource.Name.Length == 0 ? new(ErrorCode.InvalidRequest, "Invalid empty resource name")
            : IsUnknown(resource, entry) || resource.Name.Contains('/', StringComparison.Ordinal) ? Failed
            : null;
    }

    /// <summary>What cannot be written.</summary>
    public static AdminRefusal Failed { get; } = new(ErrorCode.InvalidRequest, "Failed to create ACL");

    private static bool IsPlaceholder(in AclResource resource, in AclEntry entry) =>
        resource.Type == AclResourceType.Any
        || resource.Pattern is AclPatternType.Any or AclPatternType.Match
        || entry.Operation == AclOperation.Any
        || entry.Permission == AclPermission.Any;

    private static bool IsUnknown(in AclResource resource, in AclEntry entry) =>
        resource.Type is < AclResourceType.Topic or > AclResourceType.User
        || resource.Pattern is not (AclPatternType.Literal or AclPatternType.Prefixed)
        || entry.Operation is < AclOperation.All or > AclOperation.DescribeTokens
        || entry.Permission is not (AclPermission.Deny or AclPermission.Allow);
}
