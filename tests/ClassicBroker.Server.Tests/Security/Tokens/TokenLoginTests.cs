using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Tests.Sasl;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing;

namespace ClassicBroker.Server.Tests.Security.Tokens;

/// <summary>Logins by delegation token, against what Kafka 3.9.2 was recorded to answer to the same exchanges.</summary>
public sealed class TokenLoginTests
{
    private const string Module = "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"admin\" password=\"x\";";

    private static readonly Index Plaintext = 0;
    private static readonly Index Sasl = 1;

    private readonly InProcessBroker _broker = new(
        "listeners=PLAINTEXT://127.0.0.1:9092,SASL_PLAINTEXT://127.0.0.1:9093",
        "sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512",
        $"listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config={Module}",
        $"listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config={Module}",
        "delegation.token.secret.key=shared secret");

    [Theory]
    [InlineData(ScramMechanism.Sha256)]
    [InlineData(ScramMechanism.Sha512)]
    public void A_session_by_token_speaks_for_the_owner_until_the_token_ends(ScramMechanism mechanism)
    {
        var token = Create(3_600_000);
        var client = _broker.Connect("token", Sasl);
        var answer = LogIn(client, mechanism, token.TokenId, Convert.ToBase64String(token.Hmac), isToken: true);
        Assert.Equal((ErrorCode.None, 3_600_000), (answer.ErrorCode, answer.SessionLifetimeMs));
        Assert.Equal(new KafkaPrincipal("User", "bob"), ((ClientConnection)client.Channel.Attachment!).Principal);
        client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 12);
        _broker.Time.AdvanceMs(3_600_000);
        client.Send(new MetadataRequest { Topics = [] }, 12);
        Assert.False(client.IsOpen);
    }

    [Fact]
    public void A_token_makes_no_tokens()
    {
        var token = Create(-1);
        var client = _broker.Connect("token", Sasl);
        LogIn(client, ScramMechanism.Sha256, token.TokenId, Convert.ToBase64String(token.Hmac), isToken: true);
        Assert.Equal(
            [
                ErrorCode.DelegationTokenRequestNotAllowed, ErrorCode.DelegationTokenRequestNotAllowed,
                ErrorCode.DelegationTokenRequestNotAllowed, ErrorCode.DelegationTokenRequestNotAllowed,
            ],
            [
                client.Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new(), 3).ErrorCode,
                client.Ask<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(new() { Hmac = token.Hmac }, 2).ErrorCode,
                client.Ask<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(new() { Hmac = token.Hmac }, 2).ErrorCode,
                client.Ask<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(new() { Owners = null }, 3).ErrorCode,
            ]);
    }

    [Theory]
    [InlineData("wrong hmac")]
    [InlineData("no tokenauth")]
    [InlineData("unknown id")]
    [InlineData("ended")]
    [InlineData("expired")]
    public void What_is_not_the_secret_of_a_living_token_is_refused_in_the_same_words(string what)
    {
        var token = Create(60_000);
        switch (what)
        {
            case "ended":
                AsBob().Ask<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(
                    new() { Hmac = token.Hmac, ExpiryTimePeriodMs = -1 }, 2);
                break;
            case "expired":
                _broker.Time.AdvanceMs(60_001);
                break;
        }

        var answer = LogIn(
            _broker.Connect("token", Sasl),
            ScramMechanism.Sha256,
            what == "unknown id" ? "absent" : token.TokenId,
            what == "wrong hmac" ? "AAAA" : Convert.ToBase64String(token.Hmac),
            isToken: what != "no tokenauth");
        Assert.Equal(
            (
                ErrorCode.SaslAuthenticationFailed,
                "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256"),
            (answer.ErrorCode, answer.ErrorMessage));
    }

    /// <summary>A refusal comes a while later.</summary>
    private SaslAuthenticateResponse HeldBack(BrokerClient client)
    {
        _broker.Time.AdvanceMs(200);
        return client.Answer<SaslAuthenticateResponse>(2)!;
    }

    private CreateDelegationTokenResponse Create(long lifetimeMs) =>
        AsBob().Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new() { MaxLifetimeMs = lifetimeMs }, 3);

    private BrokerClient AsBob()
    {
        var client = _broker.Connect("bob", Plaintext);
        ((ClientConnection)client.Channel.Attachment!).Authenticate(new("User", "bob"));
        return client;
    }

    private SaslAuthenticateResponse LogIn(BrokerClient client, ScramMechanism mechanism, string user, string password, bool isToken)
    {
        var login = new ScramLogin(mechanism, user, password, isToken, new SeededRandomSource(3));
        client.Ask<SaslHandshakeRequest, SaslHandshakeResponse>(new() { Mechanism = login.Mechanism }, 1);
        var exchange = login.Begin("localhost");
        for (var token = exchange.FirstToken(); ;)
        {
            client.Send(new SaslAuthenticateRequest { AuthBytes = token }, 2);
            var answer = client.Answer<SaslAuthenticateResponse>(2) ?? HeldBack(client);
            if (answer.ErrorCode != ErrorCode.None || exchange.Answer(answer.AuthBytes) is not { } next)
            {
                return answer;
            }

            token = next;
        }
    }
}
