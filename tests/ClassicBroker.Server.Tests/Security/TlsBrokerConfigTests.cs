using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Security;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>What clients see and change of the TLS of a running broker, whose key lies in its file as PEM.</summary>
public sealed class TlsBrokerConfigTests
{
    private const sbyte Broker = 4;
    private const string KeyOfListener = "listener.name.ssl.ssl.keystore.key";

    private readonly string _keyPem;
    private readonly InProcessBroker _broker;
    private readonly BrokerClient _client;

    public TlsBrokerConfigTests()
    {
        using var authority = new TestAuthority("Test authority");
        using var certificate = authority.Issue("CN=broker", "localhost");
        using var key = certificate.GetRSAPrivateKey()!;
        _keyPem = key.ExportPkcs8PrivateKeyPem();

        // Tests connect to the listener bound last.
        _broker = new InProcessBroker(
            "listeners=SSL://127.0.0.1:9093,PLAINTEXT://127.0.0.1:9092",
            "listener.name.ssl.ssl.keystore.type=PEM",
            $"{KeyOfListener}={OneLine(_keyPem)}",
            $"listener.name.ssl.ssl.keystore.certificate.chain={OneLine(certificate.ExportCertificatePem())}");
        _client = _broker.Connect();
    }

    [Fact]
    public void Keys_are_never_shown()
    {
        var answer = _client.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = Broker, ResourceName = "0" }], IncludeSynonyms = true }, 4).Results[0];

        var key = Assert.Single(answer.Configs, config => config.Name == KeyOfListener);
        Assert.True(key.IsSensitive);
        Assert.Null(key.Value);
        Assert.All(key.Synonyms, synonym => Assert.Null(synonym.Value));
        Assert.DoesNotContain(answer.Configs, config => config.Value?.Contains("PRIVATE KEY", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_store_that_cannot_be_read_is_refused_before_it_is_stored()
    {
        var (error, message) = Alter("listener.name.ssl.ssl.truststore.location", "/gone.jks");

        Assert.Equal(ErrorCode.InvalidRequest, error);
        Assert.Contains("Invalid value /gone.jks for configuration listener.name.ssl.ssl.truststore.location", message);
    }

    [Fact]
    public void A_password_is_refused_without_being_told()
    {
        var (error, message) = Alter(KeyOfListener, "very secret");

        Assert.NotEqual(ErrorCode.None, error);
        Assert.DoesNotContain("very secret", message);
    }

    [Fact]
    public void Settings_of_a_listener_change_while_it_serves()
    {
        var before = ConnectWithoutCertificate();
        Assert.True(before.Open);
        Assert.Equal((ErrorCode.None, null), Alter("listener.name.ssl.ssl.client.auth", "required"));
        _broker.Time.RunUntilIdle();
        Assert.False(ConnectWithoutCertificate().Open);
        Assert.True(before.Open);

        Assert.Equal((ErrorCode.None, null), Alter("listener.name.ssl.ssl.client.auth", "requested"));
        _broker.Time.RunUntilIdle();
        Assert.True(ConnectWithoutCertificate().Open);
    }

    /// <summary>The broker's end of a connection to the TLS listener, when the handshake is over.</summary>
    private EmbeddedChannel ConnectWithoutCertificate()
    {
        var server = _broker.Connect("stranger", 0).Channel;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=broker",
        };
        var client = new EmbeddedChannel(_broker.Time, ChannelOptions.Default, new TlsHandler(options, TimeSpan.FromSeconds(10)));
        while (Carry(client, server) | Carry(server, client))
        {
        }

        return server;
    }

    private static bool Carry(EmbeddedChannel from, EmbeddedChannel to)
    {
        var bytes = from.TakeOutbound();
        if (bytes.Length > 0 && to.Open)
        {
            to.WriteInbound(bytes);
        }

        return bytes.Length > 0;
    }

    private static string OneLine(string pem) => pem.Replace("\n", "\\n", StringComparison.Ordinal);

    private (ErrorCode Error, string? Message) Alter(string key, string value)
    {
        var answer = _client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources = [new() { ResourceType = Broker, ResourceName = "0", Configs = [new() { Name = key, ConfigOperation = 0, Value = value }] }],
            },
            1).Responses[0];
        return (answer.ErrorCode, answer.ErrorMessage);
    }
}
