using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc.Authorization;

/// <summary>
/// One check that an API makes: an operation on a type of resource. Handlers declare their rules and can ask by no others, so that the
/// declarations of all handlers are the table of what Kafka's ACLs guard. Immutable.
/// </summary>
public sealed record AccessRule
{
    private readonly Func<IRequest, RequestContext, string?>? _name;

    private AccessRule(
        AccessScope scope, AclOperation operation, AclResourceType type, ErrorCode refusal, Func<IRequest, RequestContext, string?>? name)
    {
        Scope = scope;
        Operation = operation;
        ResourceType = type;
        Refusal = refusal;
        _name = name;
    }

    public AccessScope Scope { get; }

    public AclOperation Operation { get; }

    public AclResourceType ResourceType { get; }

    /// <summary>What a refusal is answered with.</summary>
    public ErrorCode Refusal { get; }

    /// <summary>The first version that makes the check.</summary>
    public short FirstVersion { get; init; }

    /// <summary>The last version that makes the check.</summary>
    public short LastVersion { get; init; } = short.MaxValue;

    /// <summary>Whether a denial is worth a line of kafka-authorizer.log.</summary>
    public bool LogsDenial => Scope is AccessScope.Request or AccessScope.Resource;

    /// <summary>A check of the cluster that stands before the whole request.</summary>
    public static AccessRule Cluster(AclOperation operation) =>
        new(
            AccessScope.Request,
            operation,
            AclResourceType.Cluster,
            ErrorCode.ClusterAuthorizationFailed,
            static (_, _) => AclResource.ClusterName);

    /// <summary>A check of the one resource that the whole request is about; a null name makes no check.</summary>
    public static AccessRule Whole<TRequest>(AclOperation operation, AclResourceType type, Func<TRequest, RequestContext, string?> name)
        where TRequest : class, IRequest =>
        new(AccessScope.Request, operation, type, RefusalOf(type), (request, context) => name((TRequest)request, context));

    /// <inheritdoc cref="Whole{TRequest}(AclOperation, AclResourceType, Func{TRequest, RequestContext, string})"/>
    public static AccessRule Whole<TRequest>(AclOperation operation, AclResourceType type, Func<TRequest, string?> name)
        where TRequest : class, IRequest =>
        Whole<TRequest>(operation, type, (request, _) => name(request));

    /// <summary>A check of each resource, which the handler asks for.</summary>
    public static AccessRule Each(AclOperation operation, AclResourceType type) =>
        new(AccessScope.Resource, operation, type, RefusalOf(type), null);

    /// <summary>A check of each resource that an answer may show.</summary>
    public static AccessRule Visible(AclOperation operation, AclResourceType type) =>
        new(AccessScope.Visibility, operation, type, RefusalOf(type), null);

    /// <summary>A check whose success makes the rules behind it unnecessary.</summary>
    public static AccessRule Shortcut(AclOperation operation, AclResourceType type) =>
        new(AccessScope.Shortcut, operation, type, RefusalOf(type), null);

    /// <summary>Whether a version makes the check.</summary>
    public bool Applies(short version) => version >= FirstVersion && version <= LastVersion;

    /// <summary>A row of the table of checks.</summary>
    public override string ToString() => $"{Scope} {Operation} {ResourceType} {Refusal}{VersionsText}";

    /// <summary>The resource a rule of scope request is about; null where this request makes no such check.</summary>
    internal string? NameIn(IRequest request, RequestContext context) => _name?.Invoke(request, context);

    private string VersionsText => (FirstVersion, LastVersion) switch
    {
        (0, short.MaxValue) => "",
        (_, short.MaxValue) => $" {FirstVersion}+",
        _ => $" {FirstVersion}-{LastVersion}",
    };

    private static ErrorCode RefusalOf(AclResourceType type) => type switch
    {
        AclResourceType.Topic => ErrorCode.TopicAuthorizationFailed,
        AclResourceType.Group => ErrorCode.GroupAuthorizationFailed,
        AclResourceType.TransactionalId => ErrorCode.TransactionalIdAuthorizationFailed,
        AclResourceType.DelegationToken or AclResourceType.User => ErrorCode.DelegationTokenAuthorizationFailed,
        _ => ErrorCode.ClusterAuthorizationFailed,
    };
}
