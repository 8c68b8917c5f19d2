using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Security.Tokens;

/// <summary>Delegation tokens made, renewed and ended by requests, what they leave in ZooKeeper, and who may see them.</summary>
public sealed class DelegationTokenApiTests
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    private static readonly KafkaPrincipal Admin = new("User", "admin");
    private static readonly KafkaPrincipal Bob = new("User", "bob");
    private static readonly KafkaPrincipal Carol = new("User", "carol");
    private static readonly KafkaPrincipal Uta = new("User", "uta");

    private readonly InProcessBroker _broker = new(
        "authorizer.class.name=kafka.security.authorizer.AclAuthorizer",
        "super.users=User:admin",
        "delegation.token.secret.key=shared secret",
        "delegation.token.expiry.check.interval.ms=60000");

    [Fact]
    public void A_token_is_written_and_told_as_Kafka_does()
    {
        var token = Create(Bob, -1, renewers: [Carol]);
        Assert.Equal(
            $"{{\"issueTimestamp\":{NowMs},\"renewers\":[\"User%3Acarol\"],\"tokenRequester\":\"User%3Abob\",\"tokenId\":\"{token.TokenId}\","
            + $"\"owner\":\"User%3Abob\",\"expiryTimestamp\":{NowMs + Day},\"maxTimestamp\":{NowMs + (7 * Day)},\"version\":3}}",
            _broker.ZooKeeper.Text($"/delegation_token/tokens/{token.TokenId}"));
        Assert.Equal(token.TokenId, _broker.ZooKeeper.Text("/delegation_token/token_changes/token_change_0000000000"));
        Assert.Equal(HMACSHA512.HashData("shared secret"u8, Encoding.UTF8.GetBytes(token.TokenId)), token.Hmac);
        Assert.Equal((NowMs, NowMs + Day, NowMs + (7 * Day)), (token.IssueTimestampMs, token.ExpiryTimestampMs, token.MaxTimestampMs));
    }

    [Theory]
    [InlineData(10 * Minute, 10 * Minute, 10 * Minute)]
    [InlineData(3 * Day, Day, 3 * Day)]
    [InlineData(30 * Day, Day, 7 * Day)]
    [InlineData(long.MaxValue, Day, 7 * Day)]
    [InlineData(0, Day, 7 * Day)]
    [InlineData(-2, Day, 7 * Day)]
    public void A_token_lives_as_long_as_was_asked_for_within_the_brokers_limits(long asked, long expiry, long max)
    {
        var token = Create(Bob, asked);
        Assert.Equal((expiry, max), (token.ExpiryTimestampMs - NowMs, token.MaxTimestampMs - NowMs));
    }

    [Fact]
    public void Limits_that_reach_past_the_last_time_there_is_make_tokens_that_last()
    {
        var broker = new InProcessBroker(
            "delegation.token.master.key=old name",
            $"delegation.token.max.lifetime.ms={long.MaxValue}",
            $"delegation.token.expiry.time.ms={long.MaxValue}",
            $"delegation.token.expiry.check.interval.ms={long.MaxValue}");
        var client = broker.Connect();
        ((ClientConnection)client.Channel.Attachment!).Authenticate(Bob);
        var token = client.Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new() { MaxLifetimeMs = -1 }, 3);
        Assert.Equal((long.MaxValue, long.MaxValue), (token.ExpiryTimestampMs, token.MaxTimestampMs));
        Assert.Equal(HMACSHA512.HashData("old name"u8, Encoding.UTF8.GetBytes(token.TokenId)), token.Hmac);
    }

    [Fact]
    public void Renewals_end_at_the_end_of_life()
    {
        var token = Create(Bob, 3 * Day, renewers: [Carol]);
        _broker.Time.AdvanceMs(Hour);
        Assert.Equal((ErrorCode.None, NowMs + Day), Renew(Bob, token.Hmac, -1));
        Assert.Equal((ErrorCode.None, NowMs + Minute), Renew(Carol, token.Hmac, Minute));
        Assert.Equal((ErrorCode.None, token.MaxTimestampMs), Renew(Bob, token.Hmac, long.MaxValue));
        Assert.Contains($"\"expiryTimestamp\":{token.MaxTimestampMs},", Znode(token.TokenId));
        Assert.Equal((ErrorCode.None, NowMs), Renew(Bob, token.Hmac, 0));
        _broker.Time.AdvanceMs(1);
        Assert.Equal((ErrorCode.DelegationTokenExpired, -1), Renew(Bob, token.Hmac, -1));
    }

    [Fact]
    public void Only_the_owner_and_the_renewers_may_renew_and_end_a_token()
    {
        Grant(AclResourceType.User, "User:bob", Uta, AclOperation.CreateTokens);
        var token = Create(Uta, -1, owner: Bob, renewers: [Carol]);
        foreach (var other in new[] { Uta, Admin })
        {
            Assert.Equal((ErrorCode.DelegationTokenOwnerMismatch, -1), Renew(other, token.Hmac, -1));
            Assert.Equal((ErrorCode.DelegationTokenOwnerMismatch, -1), Expire(other, token.Hmac, -1));
        }

        Assert.Equal((ErrorCode.DelegationTokenNotFound, -1), Renew(Bob, [1, 2, 3], -1));
        Assert.Equal((ErrorCode.DelegationTokenNotFound, -1), Expire(Bob, [], -1));
        Assert.Equal((ErrorCode.None, NowMs + Minute), Expire(Carol, token.Hmac, Minute));
        Assert.Equal((ErrorCode.None, NowMs), Expire(Bob, token.Hmac, -1));
        Assert.Null(_broker.ZooKeeper.Text($"/delegation_token/tokens/{token.TokenId}"));
        Assert.Equal((ErrorCode.DelegationTokenNotFound, -1), Expire(Bob, token.Hmac, -1));
    }

    [Fact]
    public void A_token_that_another_broker_has_ended_is_not_brought_back_by_a_renewal()
    {
        var token = Create(Bob, -1);
        _broker.ZooKeeper.Remove($"/delegation_token/tokens/{token.TokenId}");
        Assert.Equal((ErrorCode.DelegationTokenNotFound, -1), Renew(Bob, token.Hmac, -1));
        Assert.Null(_broker.ZooKeeper.Text($"/delegation_token/tokens/{token.TokenId}"));
    }

    [Fact]
    public void A_change_that_another_broker_tells_of_counts()
    {
        var token = Create(Bob, -1);
        _broker.ZooKeeper.Put($"/delegation_token/tokens/{token.TokenId}", Znode(token.TokenId)!.Replace("User%3Abob", "User%3Auta"));
        _broker.ZooKeeper.Put("/delegation_token/token_changes/token_change_0000000077", token.TokenId);
        _broker.Time.RunUntilIdle();
        Assert.Equal(token.TokenId, Assert.Single(Describe(Uta, null)).TokenId);
        _broker.ZooKeeper.Remove($"/delegation_token/tokens/{token.TokenId}");
        _broker.ZooKeeper.Put("/delegation_token/token_changes/token_change_0000000078", token.TokenId);
        _broker.Time.RunUntilIdle();
        Assert.Empty(Describe(Uta, null));
    }

    [Fact]
    public void Tokens_last_over_a_restart_and_one_that_cannot_be_read_is_none()
    {
        var token = Create(Bob, -1);
        var broken = Create(Bob, -1);
        _broker.ZooKeeper.Put($"/delegation_token/tokens/{broken.TokenId}", "{\"version\":3}");
        _broker.Stop();
        _broker.Start();
        Assert.Equal(token.TokenId, Assert.Single(Describe(Bob, null)).TokenId);
        Assert.Equal(token.Hmac, Describe(Bob, null)[0].Hmac);
        Assert.Contains(_broker.Log.Lines, line => line.Contains($"Delegation token {broken.TokenId} cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void The_controller_removes_tokens_that_have_expired()
    {
        var token = Create(Bob, 90_000);
        var lasting = Create(Bob, -1);
        _broker.Time.AdvanceMs(60_000);
        Assert.NotNull(Znode(token.TokenId));
        _broker.Time.AdvanceMs(60_000);
        Assert.Null(Znode(token.TokenId));
        Assert.NotNull(Znode(lasting.TokenId));
        Assert.Equal(lasting.TokenId, Assert.Single(Describe(Bob, null)).TokenId);
        Assert.Contains(
            _broker.Log.Lines,
            line => line.EndsWith(
                $"Delegation token expired for token: {token.TokenId} for owner: User:bob", StringComparison.Ordinal));
    }

    [Fact]
    public void Tokens_are_shown_to_those_they_concern_and_to_those_whom_ACLs_allow()
    {
        Grant(AclResourceType.User, "User:bob", Uta, AclOperation.CreateTokens);
        var own = Create(Bob, -1);
        var delegated = Create(Uta, -1, owner: Bob, renewers: [Carol]);
        Assert.Equal(Ids(own, delegated), Ids(Describe(Bob, null)));
        Assert.Equal([delegated.TokenId], Ids(Describe(Uta, null)));
        Assert.Equal([delegated.TokenId], Ids(Describe(Carol, [Bob])));
        Assert.Equal(Ids(own, delegated), Ids(Describe(Admin, [Bob])));
        Assert.Empty(Describe(Admin, []));
        Assert.Empty(Describe(Admin, [new("User", "x")]));
        KafkaPrincipal dave = new("User", "dave"), tess = new("User", "tess");
        Assert.Empty(Describe(dave, null));
        Grant(AclResourceType.DelegationToken, own.TokenId, dave, AclOperation.Describe);
        Grant(AclResourceType.User, "User:bob", tess, AclOperation.DescribeTokens);
        Assert.Equal([own.TokenId], Ids(Describe(dave, null)));
        Assert.Equal(Ids(own, delegated), Ids(Describe(tess, null)));
        foreach (var (principal, sees) in new[] { (Bob, true), (Uta, true), (Carol, false), (Admin, false), (tess, false) })
        {
            var shown = Assert.Single(Describe(principal, null), token => token.TokenId == delegated.TokenId);
            Assert.Equal(sees ? delegated.Hmac : [], shown.Hmac);
        }
    }

    [Fact]
    public void A_token_for_another_needs_CreateTokens_on_that_user_by_its_whole_name()
    {
        Grant(AclResourceType.User, "bob", Uta, AclOperation.CreateTokens);
        var refused = Ask(Uta, new() { OwnerPrincipalType = "User", OwnerPrincipalName = "bob", MaxLifetimeMs = -1 });
        Assert.Equal(
            (ErrorCode.DelegationTokenAuthorizationFailed, "bob", "uta", -1, ""),
            (refused.ErrorCode, refused.PrincipalName, refused.TokenRequesterPrincipalName, refused.ExpiryTimestampMs, refused.TokenId));
        Grant(AclResourceType.User, "User:bob", Uta, AclOperation.CreateTokens);
        var token = Create(Uta, -1, owner: Bob);
        Assert.Equal(("bob", "uta"), (token.PrincipalName, token.TokenRequesterPrincipalName));
    }

    [Fact]
    public void Tokens_are_refused_where_they_are_turned_off_or_the_connection_does_not_say_who_asks()
    {
        var without = new InProcessBroker("delegation.token.secret.key=");
        var client = without.Connect();
        Assert.Equal(ErrorCode.DelegationTokenRequestNotAllowed, Errors(client));
        ((ClientConnection)client.Channel.Attachment!).Authenticate(Bob);
        Assert.Equal(ErrorCode.DelegationTokenAuthDisabled, Errors(client));
        ((ClientConnection)client.Channel.Attachment!).Authenticate(Bob, byToken: true);
        Assert.Equal(ErrorCode.DelegationTokenRequestNotAllowed, Errors(client));
        Assert.DoesNotContain(without.ZooKeeper.Paths, path => path.StartsWith("/delegation_token", StringComparison.Ordinal));
    }

    private static ErrorCode Errors(BrokerClient client) =>
        Assert.Single(new HashSet<ErrorCode>
        {
            client.Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new(), 3).ErrorCode,
            client.Ask<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(new(), 2).ErrorCode,
            client.Ask<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(new(), 2).ErrorCode,
            client.Ask<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(new(), 3).ErrorCode,
        });

    private long NowMs => _broker.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private string? Znode(string id) => _broker.ZooKeeper.Text($"/delegation_token/tokens/{id}");

    private CreateDelegationTokenResponse Create(
        KafkaPrincipal requester, long lifetimeMs, KafkaPrincipal? owner = null, KafkaPrincipal[]? renewers = null)
    {
        var token = Ask(requester, new()
        {
            OwnerPrincipalType = owner?.PrincipalType,
            OwnerPrincipalName = owner?.Name,
            Renewers = [.. (renewers ?? []).Select(renewer => new CreateDelegationTokenRequest.CreatableRenewers
            {
                PrincipalType = renewer.PrincipalType,
                PrincipalName = renewer.Name,
            })],
            MaxLifetimeMs = lifetimeMs,
        });
        Assert.Equal(ErrorCode.None, token.ErrorCode);
        return token;
    }

    private CreateDelegationTokenResponse Ask(KafkaPrincipal principal, CreateDelegationTokenRequest request) =>
        As(principal).Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(request, 3);

    private (ErrorCode Error, long ExpiresAtMs) Renew(KafkaPrincipal principal, byte[] hmac, long periodMs)
    {
        var answer = As(principal).Ask<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(
            new() { Hmac = hmac, RenewPeriodMs = periodMs }, 2);
        return (answer.ErrorCode, answer.ExpiryTimestampMs);
    }

    private (ErrorCode Error, long ExpiresAtMs) Expire(KafkaPrincipal principal, byte[] hmac, long periodMs)
    {
        var answer = As(principal).Ask<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(
            new() { Hmac = hmac, ExpiryTimePeriodMs = periodMs }, 2);
        return (answer.ErrorCode, answer.ExpiryTimestampMs);
    }

    private DescribeDelegationTokenResponse.DescribedDelegationToken[] Describe(KafkaPrincipal principal, KafkaPrincipal[]? owners)
    {
        var answer = As(principal).Ask<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(
            new()
            {
                Owners = owners?.Select(owner => new DescribeDelegationTokenRequest.DescribeDelegationTokenOwner
                {
                    PrincipalType = owner.PrincipalType,
                    PrincipalName = owner.Name,
                }).ToArray(),
            },
            3);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.Tokens;
    }

    private static IEnumerable<string> Ids(params CreateDelegationTokenResponse[] tokens) =>
        tokens.Select(token => token.TokenId).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Ids(DescribeDelegationTokenResponse.DescribedDelegationToken[] tokens) =>
        tokens.Select(token => token.TokenId);

    private void Grant(AclResourceType type, string name, KafkaPrincipal principal, AclOperation operation)
    {
        var response = As(Admin).Ask<CreateAclsRequest, CreateAclsResponse>(
            new()
            {
                Creations =
                [
                    new()
                    {
                        ResourceType = (sbyte)type,
                        ResourceName = name,
                        ResourcePatternType = (sbyte)AclPatternType.Literal,
                        Principal = principal.ToString(),
                        Host = "*",
                        Operation = (sbyte)operation,
                        PermissionType = (sbyte)AclPermission.Allow,
                    },
                ],
            },
            3);
        Assert.Equal(ErrorCode.None, response.Results[0].ErrorCode);
    }

    private BrokerClient As(KafkaPrincipal principal)
    {
        var client = _broker.Connect();
        ((ClientConnection)client.Channel.Attachment!).Authenticate(principal);
        return client;
    }
}
