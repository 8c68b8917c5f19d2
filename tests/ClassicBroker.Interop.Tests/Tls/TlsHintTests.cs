using System.Net.Sockets;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>A wrong TLS setting is named by the side that can tell.</summary>
[Collection(TlsCollection.Name)]
public sealed class TlsHintTests(TlsBrokerFixture broker)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Short, for what a client goes on trying because it may pass.</summary>
    private const string Patience = "default.api.timeout.ms=2000";

    [Fact]
    public async Task Tls_to_a_plaintext_port()
    {
        Assert.Contains(
            "the peer does not speak TLS but plaintext on this port",
            await ListTopicsAsync(broker.Broker.BootstrapServers, broker.Trusting));
        await broker.Broker.Process.WaitForAsync("on listener PLAINTEXT: Invalid receive", Limit);
        Assert.Contains("(the client speaks TLS; this listener is plaintext)", broker.Broker.Process.Output);
    }

    [Fact]
    public async Task Plaintext_to_a_tls_port()
    {
        Assert.Contains("it answered with TLS: the port wants security.protocol=SSL", await ListTopicsAsync(broker.Ssl, []));
        await broker.Broker.Process.WaitForAsync("plaintext came where a TLS handshake was expected", Limit);
    }

    [Fact]
    public async Task An_authority_nobody_knows() =>
        Assert.Contains(
            "SslAuthenticationException: localhost",
            await ListTopicsAsync(broker.Ssl, ["security.protocol=SSL"], "issued by CN=Test authority, leads to no authority that is trusted here"));

    [Fact]
    public async Task A_name_the_certificate_does_not_hold()
    {
        var address = broker.Ssl.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        Assert.Contains("is for localhost and not for 127.0.0.1", await ListTopicsAsync(address, broker.Trusting));

        var outcome = await RunAsync(address, [.. broker.Trusting, "ssl.endpoint.identification.algorithm="]);
        outcome.RequireSuccess();
    }

    [Fact]
    public async Task No_certificate_where_one_is_required() =>
        Assert.Contains("does it require a client certificate", await ListTopicsAsync(broker.Mutual, [.. broker.Trusting, Patience]));

    [Fact]
    public async Task A_store_that_is_not_there() =>
        Assert.Contains(
            "Invalid value /nowhere.jks for configuration ssl.truststore.location",
            await ListTopicsAsync(broker.Ssl, ["security.protocol=SSL", "ssl.truststore.location=/nowhere.jks"]));

    [Fact]
    public async Task The_port_is_ZooKeepers()
    {
        Assert.Contains("is the port of a ZooKeeper", await ListTopicsAsync(broker.ZooKeeperConnect, []));
        Assert.Contains("is the port of a ZooKeeper", await ListTopicsAsync(broker.ZooKeeperConnect, broker.Trusting));
    }

    [Fact]
    public async Task A_browser_on_either_kind_of_port()
    {
        await SendAsync(broker.Broker.BootstrapServers, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await SendAsync(broker.Ssl, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        await broker.Broker.Process.WaitForAsync("(the client speaks HTTP)", Limit);
        await broker.Broker.Process.WaitForAsync("HTTP came where a TLS handshake was expected", Limit);
    }

    [Theory]
    [InlineData("ssl.keystore.password", "wrong", "for configuration ssl.keystore.location: it is no store of type PKCS12, or its password is wrong")]
    [InlineData("ssl.keystore.location", "/nowhere.p12", "Invalid value /nowhere.p12 for configuration ssl.keystore.location")]
    [InlineData("ssl.client.auth", "perhaps", "ssl.client.auth")]
    public async Task A_broker_that_cannot_serve_tls_ends_with_one_sentence(string key, string value, string sentence)
    {
        using var scratch = new ScratchDirectory();
        var port = LoopbackPorts.Next();
        await using var other = new KafkaServerProcess(scratch.File("other"), broker.ZooKeeperConnect, brokerId: 7, new Dictionary<string, string>
        {
            ["listeners"] = $"SSL://127.0.0.1:{port}",
            ["security.inter.broker.protocol"] = "SSL",
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = broker.ClientStore,
            ["ssl.keystore.password"] = TlsBrokerFixture.Password,
            [key] = value,
        });

        other.Launch();

        Assert.Equal(1, await other.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains(sentence, other.Process.Output);
        Assert.DoesNotContain(TlsBrokerFixture.Password, other.Process.Output);
    }

    /// <summary>What kafka-topics says where it cannot list.</summary>
    private async Task<string> ListTopicsAsync(string bootstrap, string[] properties, string? alsoSays = null)
    {
        var outcome = await RunAsync(bootstrap, properties);
        Assert.NotEqual(0, outcome.ExitCode);
        var printed = outcome.Text + outcome.StandardError;
        Assert.Contains(alsoSays ?? "", printed);
        return printed;
    }

    private Task<CommandOutcome> RunAsync(string bootstrap, string[] properties) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", bootstrap, "--list", "--command-config", broker.ClientProperties(properties)]);

    private static async Task SendAsync(string address, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", int.Parse(address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        await socket.SendAsync(bytes);
        var buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer).WaitAsync(Limit) > 0)
        {
        }
    }
}
