using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// Kafka's AclAuthorizer: a super user may do all; else any entry that denies refuses, and one that allows is needed. A resource without
/// any entry is closed, unless <c>allow.everyone.if.no.acl.found</c> is on. Threading: decides on any loop, from an image that is swapped
/// whole.
/// </summary>
internal sealed class AclAuthorizer(AclAuthorizerConfig config, AuthorizerTrace trace) : IAuthorizer
{
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
        var rights = _image.RightsOn(type, name, requester.Principal, JavaAddress.TextOf(requester.Address), out var isListed);
        if (isListed)
        {
            return rights.Permit(operation);
        }

        trace.NoAcls(type, name, config.AllowsWithoutAcls);
        return config.AllowsWithoutAcls;
    }

    private bool SomeListAllows(in Requester requester, AclOperation operation, AclResourceType type) =>
        _image.PermitsSome(type, operation, requester.Principal, JavaAddress.TextOf(requester.Address), config.AllowsWithoutAcls);
}
