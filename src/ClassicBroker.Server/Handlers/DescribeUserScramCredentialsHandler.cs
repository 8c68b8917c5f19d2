using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// DescribeUserScramCredentials 0: who has a SCRAM credential, and of which strength; never the credential itself (KIP-554).
/// </summary>
public sealed class DescribeUserScramCredentialsHandler(ScramUsers users)
    : RequestHandler<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Describe)];

    public override async ValueTask<DescribeUserScramCredentialsResponse?> HandleAsync(
        DescribeUserScramCredentialsRequest request,
        RequestContext context)
    {
        var all = await users.GetAllAsync();
        var asked = request.Users is null or [] ? [.. all.Keys] : request.Users.Select(user => user.Name).ToList();
        return new()
        {
            Results = [.. asked.CountBy(name => name, StringComparer.Ordinal).Select(name =>
                name.Value > 1
                    ? Refuse(
                        name.Key,
                        ErrorCode.DuplicateResource,
                        $"Cannot describe SCRAM credentials for the same user twice in a single request: {name.Key}")
                    : all.TryGetValue(name.Key, out var credentials)
                        ? Describe(name.Key, credentials)
                        : Refuse(
                            name.Key,
                            ErrorCode.ResourceNotFound,
                            $"Attempt to describe a user credential that does not exist: {name.Key}"))],
        };
    }

    private static DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult Describe(
        string name,
        IReadOnlyDictionary<ScramMechanism, ScramCredential> credentials) =>
        new()
        {
            User = name,
            CredentialInfos = [.. credentials.Select(entry => new DescribeUserScramCredentialsResponse.CredentialInfo
            {
                Mechanism = (sbyte)entry.Key,
                Iterations = entry.Value.Iterations,
            })],
        };

    private static DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult Refuse(
        string name, ErrorCode error, string message) =>
        new() { User = name, ErrorCode = error, ErrorMessage = message };

    /// <summary>As Kafka, an empty name for each that was asked for. Where all are asked for, Kafka does not answer at all.</summary>
    protected override DescribeUserScramCredentialsResponse Refuse(
        DescribeUserScramCredentialsRequest request, AccessRule rule, RequestContext context) =>
        new()
        {
            ErrorCode = rule.Refusal,
            ErrorMessage = null,
            Results =
            [
                .. (request.Users ?? []).Select(_ => new DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult
                {
                    ErrorCode = rule.Refusal,
                    ErrorMessage = null,
                }),
            ],
        };
}
