using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// Kafka's AclAuthorizer: a super user may do all; else any entry that denies refuses, and one that allows is needed. Rights imply others:
/// Read, Write, Delete and Alter that of Describe, AlterConfigs that of DescribeConfigs. A resource without any entry is closed, unless
/// <c>allow.everyone.if.no.acl.found</c> is on. Threading: decides on any loop, from an image that is swapped whole.
/// </summary>
internal sealed class AclAuthorizer(AclAuthorizerConfig config, AuthorizerTrace trace) : IAuthorizer
{
    private static readonly AclOperation[] ImplyDescribe =
        [AclOperation.Describe, AclOperation.Read, AclOperation.Write, AclOperation.Delete, AclOperation.Alter];

    private static readonly AclOperation[] ImplyDescribeConfigs = [AclOperation.DescribeConfigs, AclOperation.AlterConfigs];

    private readonly MetricCounter _allowed = new();
    private readonly MetricCounter _denied = new();
    private volatile AclImage _image = AclImage.Empty;

    /// <summary>Decisions that allowed.</summary>
    public long AllowedCount => _allowed.Value;

    /// <summary>Decisions that denied.</summary>
    public long DeniedCount => _denied.Value;

    /// <summary>The lists that decide now.</summary>
    public AclImage Image
    {
        get => _image;
        set => _image = value;
    }

    public bool Authorize(in Requester requester, AclOperation operation, AclResourceType type, string name, bool logsDenial)
    {
        var allowed = IsSuperUser(requester.Principal) || ListsAllow(requester, operation, type, name);
        trace.Decided(requester, operation, new(type, name, AclPatternType.Literal), allowed, logsDenial, references: 1);
        return Counted(allowed);
    }

    public bool AuthorizeByResourceType(in Requester requester, AclOperation operation, AclResourceType type)
    {
        var allowed = IsSuperUser(requester.Principal) || SomeListAllows(requester, operation, type);
        trace.Decided(requester, operation, new(type, "NONE", AclPatternType.Unknown), allowed, logsDenial: true, references: 0);
        return Counted(allowed);
    }

    private bool Counted(bool allowed)
    {
        (allowed ? _allowed : _denied).Increment();
        return allowed;
    }

    private bool IsSuperUser(KafkaPrincipal principal)
    {
        if (!config.SuperUsers.Contains(principal))
        {
            return false;
        }

        trace.SuperUser(principal);
        return true;
    }

    private bool ListsAllow(in Requester requester, AclOperation operation, AclResourceType type, string name)
    {
        var image = _image;
        if (!image.HasAny(type, name))
        {
            trace.NoAcls(type, name, config.AllowsWithoutAcls);
            return config.AllowsWithoutAcls;
        }

        var host = AclImage.HostOf(requester.Address);
        if (image.Matches(AclPermission.Deny, operation, type, name, requester.Principal, host))
        {
            return false;
        }

        switch (operation)
        {
            case AclOperation.Describe:
                return AnyMatches(image, ImplyDescribe, requester.Principal, type, name, host);
            case AclOperation.DescribeConfigs:
                return AnyMatches(image, ImplyDescribeConfigs, requester.Principal, type, name, host);
            default:
                return image.Matches(AclPermission.Allow, operation, type, name, requester.Principal, host);
        }
    }

    private static bool AnyMatches(
        AclImage image, AclOperation[] operations, KafkaPrincipal principal, AclResourceType type, string name, string host)
    {
        foreach (var operation in operations)
        {
            if (image.Matches(AclPermission.Allow, operation, type, name, principal, host))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// An allowed name or prefix counts unless it is denied as a whole: by its own name, by a prefix of it, or by the wildcard.
    /// </summary>
    private bool SomeListAllows(in Requester requester, AclOperation operation, AclResourceType type)
    {
        var (principal, host) = (requester.Principal, AclImage.HostOf(requester.Address));
        var matching = _image.All()
            .Where(list => list.Resource.Type == type)
            .SelectMany(list => list.Entries.Select(entry => (list.Resource, Entry: entry)))
            .Where(found => (found.Entry.Operation == operation || found.Entry.Operation == AclOperation.All)
                && AclImage.Concerns(found.Entry, principal, host))
            .ToLookup(found => found.Entry.Permission, found => found.Resource);
        var denied = matching[AclPermission.Deny].ToList();
        return !denied.Exists(IsEverything)
            && (config.AllowsWithoutAcls
                || matching[AclPermission.Allow].Any(allowed => IsEverything(allowed) || !denied.Exists(deny => Covers(deny, allowed))));
    }

    private static bool IsEverything(AclResource resource) =>
        resource is { Pattern: AclPatternType.Literal, Name: AclResource.Wildcard };

    private static bool Covers(AclResource denied, AclResource allowed) =>
        denied.Pattern == AclPatternType.Prefixed
            ? allowed.Name.StartsWith(denied.Name, StringComparison.Ordinal)
            : denied == allowed;
}
