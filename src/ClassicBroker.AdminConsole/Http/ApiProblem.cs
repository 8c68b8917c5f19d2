using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>What went wrong with a request, and what can be done. Immutable.</summary>
/// <param name="Message">What went wrong.</param>
/// <param name="Hint">What can be done; null where the message says it.</param>
/// <param name="Code">The broker's error by Kafka's name; null where no broker answered with one.</param>
internal sealed record ApiProblem(string Message, string? Hint = null, string? Code = null)
{
    /// <summary>The status code and the problem that a failure is answered with; null for a failure of our own.</summary>
    public static (int Status, ApiProblem Problem)? Of(Exception failure) => failure switch
    {
        ApiException refused => (refused.Status, new(refused.Message)),
        SaslAuthenticationException or SslAuthenticationException =>
            (StatusCodes.Status502BadGateway, new(
                failure.Message, "The console's own login is refused: check its client properties (console.command.config or --command-config).")),
        KafkaTimeoutException => (StatusCodes.Status504GatewayTimeout, new(
            failure.Message, "No broker answered in time. Check that the brokers run and that their advertised listeners can be reached from here.")),
        UnknownTopicException unknown => (StatusCodes.Status404NotFound, new(
            $"There is no topic {unknown.Topic}.", "It may have been deleted; go back to the list of topics.", unknown.Code.WireName())),
        KafkaException refused => (StatusOf(refused.Code), new(refused.Message, HintFor(refused.Code), CodeOf(refused.Code))),
        ZooKeeperException lost => (StatusCodes.Status502BadGateway, new(
            lost.Message, "ZooKeeper could not answer. Check that it runs and that the console may read the znode.")),
        _ => null,
    };

    private static string? CodeOf(ErrorCode code) => code == ErrorCode.None ? null : code.WireName();

    private static int StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.None => StatusCodes.Status502BadGateway,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.DelegationTokenAuthorizationFailed =>
                StatusCodes.Status403Forbidden,
        ErrorCode.UnknownTopicOrPartition or ErrorCode.GroupIdNotFound or ErrorCode.ResourceNotFound
            or ErrorCode.DelegationTokenNotFound or ErrorCode.TransactionalIdNotFound => StatusCodes.Status404NotFound,
        ErrorCode.TopicAlreadyExists or ErrorCode.NonEmptyGroup or ErrorCode.ReassignmentInProgress
            or ErrorCode.GroupSubscribedToTopic => StatusCodes.Status409Conflict,
        ErrorCode.UnsupportedVersion or ErrorCode.SecurityDisabled or ErrorCode.DelegationTokenAuthDisabled =>
            StatusCodes.Status501NotImplemented,
        _ when code.IsRetriable() => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    private static string? HintFor(ErrorCode code) => code switch
    {
        ErrorCode.SecurityDisabled => "Set authorizer.class.name in the brokers' server.properties to use ACLs.",
        ErrorCode.DelegationTokenAuthDisabled => "Set delegation.token.secret.key on all brokers to use tokens.",
        ErrorCode.DelegationTokenRequestNotAllowed =>
            "Brokers give tokens only to connections that are authenticated: let the console connect to a SASL or two-way TLS listener.",
        ErrorCode.ClusterAuthorizationFailed or ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed =>
            "The console's principal lacks an ACL for this.",
        ErrorCode.UnsupportedVersion => "The brokers are too old for this.",
        ErrorCode.PolicyViolation => "A policy of the cluster refuses it.",
        _ => null,
    };
}
