using System.Net;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Client.Tests.Cluster;

/// <summary>What a client makes of peers that do not speak what it speaks; the test is the peer.</summary>
public sealed class RpcConnectorTests : ITransport
{
    private static readonly BrokerAddress Address = new("broker.example", 9093);
    private static readonly AdminConfig Tls = new() { SecurityProtocol = SecurityProtocol.Ssl };

    /// <summary>A broker's answer to the first ApiVersions of a connection, in version 4: it has ApiVersions up to that.</summary>
    private static readonly byte[] ApiVersions = [0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 2, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0];

    private readonly ManualTime _time = new();
    private readonly EmbeddedChannel _channel;

    /// <summary>The connections by which a peer that hung up is asked what it is, in their order.</summary>
    private readonly EmbeddedChannel[] _probes;
    private readonly RpcConnector _connector;
    private int _connections;

    public RpcConnectorTests()
    {
        _channel = new EmbeddedChannel(_time, ChannelOptions.Default);
        _probes = [new EmbeddedChannel(_time, ChannelOptions.Default), new EmbeddedChannel(_time, ChannelOptions.Default)];
        var files = new SimulatedFileSystem(_time, new SeededRandomSource(1));
        var logins = new SaslLogins(
            new LoginSurroundings(new SeededRandomSource(1), _time, files, new HttpRequester(this, _channel.Loop)), new Dictionary<string, string>());
        _connector = new RpcConnector(this, _channel.Loop, files, logins);
    }

    [Fact]
    public void Tls_to_a_port_that_answers_in_plaintext_will_not_get_better()
    {
        var refused = Assert.Throws<SslAuthenticationException>(() => Connect(Tls, () => _channel.WriteInbound([0, 0, 0, 10, 0, 0])));

        Assert.Equal("broker.example:9093: TLS handshake failed: the peer does not speak TLS but plaintext on this port", refused.Message);
        Assert.False(refused.IsRetriable);
    }

    [Fact]
    public void Tls_to_a_port_that_hangs_up_may_be_tried_again()
    {
        var left = Assert.Throws<BrokerUnavailableException>(
            () => Connect(Tls, _channel.FinishInbound, _probes[0].FinishInbound, _probes[1].FinishInbound));

        Assert.Contains("does the port speak plaintext, or is it ZooKeeper's?", left.Message);
        Assert.True(left.IsRetriable);
    }

    [Fact]
    public void Tls_to_a_port_that_hangs_up_and_then_answers_in_plaintext_will_not_get_better()
    {
        var refused = Assert.Throws<SslAuthenticationException>(
            () => Connect(Tls, _channel.FinishInbound, () => _probes[0].WriteInbound(ApiVersions)));

        Assert.Equal("broker.example:9093: TLS handshake failed: the peer does not speak TLS but plaintext on this port", refused.Message);
        Assert.False(refused.IsRetriable);
        Assert.False(_probes[0].Open);
    }

    [Fact]
    public void Tls_to_the_port_of_a_ZooKeeper_is_told()
    {
        var refused = Assert.Throws<BrokerUnavailableException>(() => Connect(
            Tls,
            _channel.FinishInbound,
            _probes[0].FinishInbound,
            () => _probes[1].WriteInbound("Zookeeper version: 3.8.4\n"u8.ToArray())));

        Assert.Contains("it is the port of a ZooKeeper; brokers have ports of their own", refused.Message);
        Assert.False(refused.IsRetriable);
    }

    [Fact]
    public void Plaintext_to_a_port_that_speaks_tls_will_not_get_better()
    {
        var refused = Assert.Throws<BrokerUnavailableException>(
            () => Connect(new AdminConfig(), () => _channel.WriteInbound([0x15, 3, 3, 0, 2, 2, 10])));

        Assert.Contains("it answered with TLS: the port wants security.protocol=SSL", refused.Message);
        Assert.False(refused.IsRetriable);
    }

    [Fact]
    public void Plaintext_to_a_port_that_hangs_up_says_what_it_may_be()
    {
        var left = Assert.Throws<BrokerUnavailableException>(
            () => Connect(new AdminConfig(), _channel.FinishInbound, _probes[0].FinishInbound));

        Assert.Contains("is the port ZooKeeper's, does it want TLS, or is it a broker before 0.10?", left.Message);
        Assert.True(left.IsRetriable);
    }

    [Fact]
    public void The_port_of_a_ZooKeeper_is_told()
    {
        var refused = Assert.Throws<BrokerUnavailableException>(() => Connect(
            new AdminConfig(),
            _channel.FinishInbound,
            () => _probes[0].WriteInbound("srvr is not executed because it is not in the whitelist.\n"u8.ToArray())));

        Assert.Contains("it is the port of a ZooKeeper; brokers have ports of their own", refused.Message);
        Assert.False(refused.IsRetriable);
    }

    [Theory]
    [InlineData("ssl.truststore.location", "/gone.jks", "Invalid value /gone.jks for configuration ssl.truststore.location: ")]
    [InlineData("ssl.enabled.protocols", "SSLv3", "Invalid value SSLv3 for configuration ssl.enabled.protocols: ")]
    public void Settings_that_cannot_be_used_are_told_before_there_is_a_connection(string key, string value, string sentence)
    {
        var config = AdminConfig.FromProperties(
            new Dictionary<string, string> { ["options.servers"] = "h:1", ["security.protocol"] = "SSL", [key] = value });

        Assert.StartsWith(sentence, Assert.Throws<KafkaConfigException>(() => _connector.Prepare(config)).Message);
    }

    [Fact]
    public void Settings_of_tls_do_not_matter_to_a_plaintext_client() =>
        _connector.Prepare(AdminConfig.FromProperties(
            new Dictionary<string, string> { ["options.servers"] = "h:1", ["ssl.truststore.location"] = "/gone.jks" }));

    Task<IChannelListener> ITransport.ListenAsync(ListenOptions options) => throw new NotSupportedException();

    Task<TransportChannel> ITransport.ConnectAsync(ConnectOptions options, CancellationToken cancellation)
    {
        Assert.Equal(new DnsEndPoint(Address.Host, Address.Port), new DnsEndPoint(options.Host, options.Port));
        var channel = _connections == 0 ? _channel : _probes[_connections - 1];
        _connections++;
        options.Initializer(channel);
        channel.Pipeline.FireChannelActive();
        return Task.FromResult<TransportChannel>(channel);
    }

    private void Connect(ClientConfig config, params Action[] peers)
    {
        Task<IBrokerConnection>? connecting = null;
        _channel.Run(() => connecting = _connector.ConnectAsync(Address, config));
        foreach (var peer in peers)
        {
            peer();
            _time.RunUntilIdle();
        }

        _time.Await(connecting!);
    }
}
