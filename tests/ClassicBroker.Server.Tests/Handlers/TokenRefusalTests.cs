using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Handlers.Unavailable;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>What Kafka 3.9.2 without a secret for tokens was recorded to answer.</summary>
public sealed class TokenRefusalTests
{
    [Theory]
    [InlineData(null, ErrorCode.DelegationTokenRequestNotAllowed)]
    [InlineData("alice", ErrorCode.DelegationTokenAuthDisabled)]
    public void Tokens_are_refused_by_who_asks(string? user, ErrorCode expected)
    {
        using var metrics = new RequestMetrics();
        using var memory = new RequestMemory(0);
        var pipeline = new RequestPipeline(
            new("PLAINTEXT", SecurityProtocol.Plaintext),
            new([new TokenRefusingHandler<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>()]),
            RequestLimits.Default,
            memory,
            metrics,
            new(new RecordingLoggers()));
        var channel = new EmbeddedChannel();
        var connection = pipeline.Initialize(channel);
        channel.Run(() =>
        {
            if (user is not null)
            {
                connection.Authenticate(new KafkaPrincipal(KafkaPrincipal.UserType, user));
            }
        });
        channel.WriteInbound([0, 0, 0, 14, 0, 41, 0, 1, 0, 0, 0, 7, 0xFF, 0xFF, 0, 0, 0, 0]);

        var reader = new ProtocolReader(channel.TakeOutbound().AsMemory(8), 1 << 20);
        var response = new DescribeDelegationTokenResponse();
        response.Read(ref reader, 1);
        Assert.Equal(expected, response.ErrorCode);
        channel.Run(channel.Close);
    }
}
