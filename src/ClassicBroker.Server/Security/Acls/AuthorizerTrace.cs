using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The lines of kafka-authorizer.log, in Kafka's words: what is refused as information, what is permitted for who asks for more. Threading:
/// safe from any loop.
/// </summary>
internal sealed partial class AuthorizerTrace(ILoggerFactory loggers)
{
    public const string Logger = "kafka.authorizer.logger";

    private readonly ILogger _log = loggers.CreateLogger(Logger);

    public void Decided(
        in Requester requester, AclOperation operation, in AclResource resource, bool allowed, bool logsDenial, int references)
    {
        var level = allowed ? LogLevel.Debug : logsDenial ? LogLevel.Information : LogLevel.Trace;
        if (_log.IsEnabled(level))
        {
            LogDecision(
                level,
                requester.Principal,
                allowed ? "Allowed" : "Denied",
                operation,
                JavaAddress.TextOf(requester.Address),
                resource,
                requester.Api,
                references);
        }
    }

    public void SuperUser(KafkaPrincipal principal)
    {
        if (_log.IsEnabled(LogLevel.Debug))
        {
            LogSuperUser(principal);
        }
    }

    public void NoAcls(AclResourceType type, string name, bool authorized)
    {
        if (_log.IsEnabled(LogLevel.Debug))
        {
            LogNoAcls(AclNames.Upper(type), name, authorized ? "true" : "false");
        }
    }

    public void Updated(AclResource resource, int version) => LogUpdated(resource, version);

    public void Processing(AclResource resource, int count) => LogProcessing(resource, count);

    public void FailedClosed(AclResource resource) => LogFailedClosed(resource);

    [LoggerMessage(
        Message = "Principal = {Principal} is {Verdict} Operation = {Operation} from host = {Host} on resource = {Resource} for request = "
            + "{Request} with resourceRefCount = {Count}",
        SkipEnabledCheck = true)]
    private partial void LogDecision(
        LogLevel level,
        KafkaPrincipal principal,
        string verdict,
        AclOperation operation,
        string host,
        AclResource resource,
        Protocol.ApiKey request,
        int count);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "principal = {Principal} is a super user, allowing operation without checking acls.",
        SkipEnabledCheck = true)]
    private partial void LogSuperUser(KafkaPrincipal principal);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "No acl found for resource ResourcePattern(resourceType={Type}, name={Name}, patternType=LITERAL), authorized = {Authorized}",
        SkipEnabledCheck = true)]
    private partial void LogNoAcls(string type, string name, string authorized);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Updated ACLs for {Resource} with new version {Version}")]
    private partial void LogUpdated(AclResource resource, int version);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Processed Acl change notification for {Resource}: {Count} entries")]
    private partial void LogProcessing(AclResource resource, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The ACLs of {Resource} cannot be read: until they can, it is denied to all but super users")]
    private partial void LogFailedClosed(AclResource resource);
}
