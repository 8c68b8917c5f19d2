using System.Buffers.Binary;
using System.Globalization;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// Delegation tokens made, renewed, ended and described by their owners, requesters, renewers, strangers and super users, against what a
/// recorded Kafka 3.9.2 answered to the same frames. Ids and HMACs that Kafka drew stand for those this broker draws; times are compared by
/// what lies between them.
/// </summary>
public sealed class TokenReplayTests(ITestOutputHelper output)
{
    private const string Archive = "kafka-3.9-security";

    /// <summary>Longer than what the recording waited for, and than no token that is needed again lives.</summary>
    private const int StepMs = 10_000;

    private static readonly KafkaPrincipal Admin = new("User", "admin");

    private readonly ConformanceReport _report = new("tokens");
    private readonly ReplayedBroker _broker = new(
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer",
        "super.users=User:admin;User:root",
        "delegation.token.secret.key=secret");

    private readonly Dictionary<string, string> _ownIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _ownHmacs = new(StringComparer.Ordinal);

    /// <summary>Whether an exchange is compared here.</summary>
    public static bool IsReplayed(RecordedExchange exchange) =>
        (exchange.Source.EndsWith("/by-hand.jsonl", StringComparison.Ordinal)
            || exchange.Source.EndsWith("/tokens-on-behalf.jsonl", StringComparison.Ordinal))
        && KeyOf(exchange) is ApiKey.CreateDelegationToken or ApiKey.RenewDelegationToken or ApiKey.ExpireDelegationToken
            or ApiKey.DescribeDelegationToken;

    [Fact]
    public void Tokens_are_handled_as_Kafka_handles_them()
    {
        var exchanges = RecordingArchive.Read(Archive).Where(IsReplayed).ToList();
        Assert.NotEmpty(exchanges);
        foreach (var exchange in exchanges.Where(exchange => exchange.Source.EndsWith("/by-hand.jsonl", StringComparison.Ordinal)))
        {
            Replay(exchange);
        }

        // The other recording was made with a cluster of its own.
        _ownIds.Clear();
        _ownHmacs.Clear();
        Grant(AclResourceType.User, "User:bob", "User:uta", AclOperation.CreateTokens);
        foreach (var exchange in exchanges.Where(exchange => exchange.Source.EndsWith("/tokens-on-behalf.jsonl", StringComparison.Ordinal)))
        {
            Replay(exchange);
        }

        _report.Verify(output);
    }

    private static ApiKey KeyOf(RecordedExchange exchange) => (ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request);

    private void Replay(RecordedExchange exchange)
    {
        var api = ApiCatalog.Get(KeyOf(exchange));
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        if (exchange.Response is not { Length: > 0 })
        {
            _report.LeftOut("answers too long to be kept");
            return;
        }

        var request = ReplayedBroker.DecodeRequest(api, version, exchange);
        var recorded = ReplayedBroker.Decode(api, version, exchange.Response);
        Translate(request);
        if (recorded is DescribeDelegationTokenResponse shown)
        {
            GrantSight(exchange.ClientId, shown);
        }

        var name = exchange.ClientId["User:".Length..];
        var client = name == KafkaPrincipal.Anonymous.Name ? _broker.Client : _broker.ConnectAs(new("User", name));
        var ours = _broker.Ask(client, api, version, request)!;
        if (recorded is CreateDelegationTokenResponse { TokenId.Length: > 0 } kafkas && ours is CreateDelegationTokenResponse own)
        {
            _ownIds[kafkas.TokenId] = own.TokenId;
            _ownHmacs[Convert.ToHexString(kafkas.Hmac)] = own.Hmac;
        }

        var what = $"{api} v{version} {exchange.ClientId}#{exchange.Line}";
        _report.Compare(what, Render(recorded, id => _ownIds.GetValueOrDefault(id)), Render(ours, OwnId));
        _broker.Advance(StepMs);
    }

    private void Translate(IRequest request)
    {
        switch (request)
        {
            case RenewDelegationTokenRequest renewal:
                renewal.Hmac = _ownHmacs.GetValueOrDefault(Convert.ToHexString(renewal.Hmac), renewal.Hmac);
                break;
            case ExpireDelegationTokenRequest end:
                end.Hmac = _ownHmacs.GetValueOrDefault(Convert.ToHexString(end.Hmac), end.Hmac);
                break;
        }
    }

    /// <summary>The rights that the recording session gave by a tool, between frames.</summary>
    private void GrantSight(string principal, DescribeDelegationTokenResponse shown)
    {
        if (principal == "User:tess")
        {
            Grant(AclResourceType.User, "User:bob", principal, AclOperation.DescribeTokens);
        }
        else if (principal == "User:alice")
        {
            foreach (var token in shown.Tokens.Where(token => _ownIds.ContainsKey(token.TokenId)))
            {
                Grant(AclResourceType.DelegationToken, _ownIds[token.TokenId], principal, AclOperation.Describe);
            }
        }
    }

    private void Grant(AclResourceType type, string name, string principal, AclOperation operation) =>
        _broker.ConnectAs(Admin).Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations =
                [
                    new()
                    {
                        ResourceType = (sbyte)type,
                        ResourceName = name,
                        ResourcePatternType = (sbyte)AclPatternType.Literal,
                        Principal = principal,
                        Host = "*",
                        Operation = (sbyte)operation,
                        PermissionType = (sbyte)AclPermission.Allow,
                    },
                ],
            },
            3);

    /// <summary>Ids of tokens that the replay does not know are of an earlier part of the session.</summary>
    private string? OwnId(string id) => _ownIds.ContainsValue(id) ? id : null;

    private static string Render(IResponse response, Func<string, string?> ownId) => response switch
    {
        CreateDelegationTokenResponse token =>
            $"{token.ErrorCode} {token.PrincipalType}:{token.PrincipalName} by {token.TokenRequesterPrincipalType}:"
            + $"{token.TokenRequesterPrincipalName} id {token.TokenId.Length} hmac {token.Hmac.Length} expiry "
            + $"{Number(token.ExpiryTimestampMs - token.IssueTimestampMs)} max {Number(token.MaxTimestampMs - token.IssueTimestampMs)} "
            + $"issued {token.IssueTimestampMs > 0}",
        RenewDelegationTokenResponse renewed => $"{renewed.ErrorCode} {renewed.ExpiryTimestampMs > 0}",
        ExpireDelegationTokenResponse ended => $"{ended.ErrorCode} {ended.ExpiryTimestampMs > 0}",
        DescribeDelegationTokenResponse described => $"{described.ErrorCode} " + string.Join("; ", described.Tokens
            .Where(token => ownId(token.TokenId) is not null)
            .Select(token =>
                $"{ownId(token.TokenId)} {token.PrincipalType}:{token.PrincipalName} by {token.TokenRequesterPrincipalType}:"
                + $"{token.TokenRequesterPrincipalName} hmac {token.Hmac.Length} max {Number(token.MaxTimestamp - token.IssueTimestamp)} "
                + string.Join(",", token.Renewers.Select(renewer => $"{renewer.PrincipalType}:{renewer.PrincipalName}")))
            .Order(StringComparer.Ordinal)),
        _ => throw new ArgumentException($"{response.Api}", nameof(response)),
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
