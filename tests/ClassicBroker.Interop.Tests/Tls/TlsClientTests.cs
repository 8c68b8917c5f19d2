using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>Clients we did not write, and our own tools, over TLS.</summary>
[Collection(TlsCollection.Name)]
public sealed class TlsClientTests(TlsBrokerFixture broker)
{
    private static readonly string[] Lines = [.. Enumerable.Range(0, 50).Select(number => $"line {number} {new string('x', number * 37)}")];

    [Theory]
    [InlineData("console tools")]
    [InlineData("kcat")]
    [InlineData("confluent")]
    [InlineData("kafka-python")]
    [InlineData("kafkajs")]
    public async Task What_is_written_over_tls_is_read_over_tls_and_in_plaintext(string name)
    {
        var client = new TlsClient(name, broker, showsCertificate: false);
        var topic = broker.NewTopic("tls");

        (await client.ProduceAsync(broker.Ssl, topic, Lines)).RequireSuccess();

        Assert.Equal(Lines, await client.ConsumeAsync(broker.Ssl, topic, Lines.Length));
        var plaintext = await ForeignClient.KafkaPython().ConsumeAsync(broker.Broker.BootstrapServers, topic, Lines.Length);
        Assert.Equal(Lines, plaintext.Select(record => System.Text.Encoding.UTF8.GetString(record.Value!)));
    }

    [Theory]
    [InlineData("console tools")]
    [InlineData("kcat")]
    [InlineData("confluent")]
    [InlineData("kafka-python")]
    [InlineData("kafkajs")]
    public async Task A_client_with_a_certificate_gets_through_where_one_is_required(string name)
    {
        var client = new TlsClient(name, broker, showsCertificate: true);
        var topic = broker.NewTopic("mutual");

        (await client.ProduceAsync(broker.Mutual, topic, Lines)).RequireSuccess();

        Assert.Equal(Lines, await client.ConsumeAsync(broker.Mutual, topic, Lines.Length));
    }

    /// <summary>A resumed session would bring back the client's certificate without the authority between it and the trusted one.</summary>
    [Fact]
    public async Task A_client_of_an_authority_below_the_trusted_one_may_come_back()
    {
        var outcome = await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "Clients", "tls_session.py"), broker.Mutual.Split(':')[1]],
            environment: new Dictionary<string, string>
            {
                ["TLS_CA"] = broker.Authority,
                ["TLS_CERTIFICATE"] = broker.ClientChain,
                ["TLS_KEY"] = broker.ClientChainKey,
            });

        Assert.Equal("answered\nanswered\n", outcome.RequireSuccess().Text);
    }

    [Theory]
    [InlineData("kcat")]
    [InlineData("confluent")]
    [InlineData("kafka-python")]
    public async Task A_client_without_a_certificate_does_not_get_through_where_one_is_required(string name)
    {
        var topic = broker.NewTopic("refused");

        var outcome = await new TlsClient(name, broker, showsCertificate: false).ProduceAsync(broker.Mutual, topic, Lines);

        Assert.NotEqual(0, outcome.ExitCode);
        await broker.Broker.Process.WaitForAsync("on listener MUTUAL: TLS handshake failed: the peer showed no certificate", TimeSpan.FromSeconds(10));
    }
}
