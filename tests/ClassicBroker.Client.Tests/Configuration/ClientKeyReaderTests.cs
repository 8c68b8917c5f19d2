using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client.Tests.Configuration;

/// <summary>Every key that a Java client documents is read by its counterpart here, or is named as one without effect.</summary>
public sealed class ClientKeyReaderTests
{
    public static TheoryData<string, string> DocumentedKeys()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Configuration", "java-client-keys.txt")))
        {
            var parts = line.Split('\t');
            string[] clients = parts[0] == "common" ? ["producer", "consumer", "admin"] : [parts[0]];
            foreach (var client in clients)
            {
                data.Add(client, parts[1]);
            }
        }

        return data;
    }

    /// <summary>A value that no number or choice has: a reader of it complains, and what complains is a reader.</summary>
    [Theory]
    [MemberData(nameof(DocumentedKeys))]
    public void A_documented_key_is_known(string client, string key)
    {
        var properties = new Dictionary<string, string> { [key] = "?" };
        try
        {
            ClientConfig config = client switch
            {
                "producer" => ProducerConfig.FromProperties(properties),
                "consumer" => ConsumerConfig.FromProperties(properties),
                _ => AdminConfig.FromProperties(properties),
            };
            Assert.DoesNotContain(key, config.UnusedKeys);

            // What has no effect has a reason, which the client logs; all else is text that some part of the configuration holds.
            Assert.Equal(config.InertKeys.Contains(key), KeysWithoutEffect.ReasonOf(key) is not null);
        }
        catch (KafkaConfigException refused)
        {
            Assert.Contains(key.Split('.')[0], refused.Message);
        }
    }

    [Theory]
    [InlineData("consumer", "group.protocol", "consumer", "KIP-848 needs brokers that use KRaft")]
    [InlineData("consumer", "group.remote.assignor", "uniform", "cannot be set when group.protocol=CLASSIC")]
    [InlineData("consumer", "interceptor.classes", "org.x.Interceptor", "give them to the client's constructor")]
    [InlineData("producer", "client.dns.lookup", "resolve_canonical_bootstrap_servers_only", "not looked up backwards")]
    [InlineData("producer", "security.providers", "org.x.Provider", "classes of a JVM")]
    [InlineData("producer", "sasl.login.class", "org.x.Login", "this client has its own")]
    [InlineData("producer", "sasl.client.callback.handler.class", "org.x.Handler", "sasl.jaas.config")]
    [InlineData("admin", "bootstrap.controllers", "h:9093", "name brokers in bootstrap.servers")]
    public void What_would_change_behaviour_and_cannot_is_refused_with_the_reason(string client, string key, string value, string reason)
    {
        Assert.Contains(reason, Assert.Throws<KafkaConfigException>(() => Read(client, key, value)).Message, StringComparison.Ordinal);
        Read(client, key, "");
    }

    [Theory]
    [InlineData("consumer", "group.protocol", "classic")]
    [InlineData("producer", "client.dns.lookup", "use_all_dns_ips")]
    public void What_is_done_anyway_is_no_matter(string client, string key, string value) =>
        Assert.Empty(Read(client, key, value).UnusedKeys);

    private static ClientConfig Read(string client, string key, string value)
    {
        var properties = new Dictionary<string, string> { [key] = value };
        return client switch
        {
            "producer" => ProducerConfig.FromProperties(properties),
            "consumer" => ConsumerConfig.FromProperties(properties),
            _ => AdminConfig.FromProperties(properties),
        };
    }

    [Fact]
    public void What_has_no_effect_is_named()
    {
        var config = ProducerConfig.FromProperties(
            new Dictionary<string, string> { ["metric.reporters"] = "", ["sasl.kerberos.kinit.cmd"] = "kinit", ["acks"] = "1", ["typo"] = "x" });
        Assert.Equal(["metric.reporters", "sasl.kerberos.kinit.cmd"], config.InertKeys);
        Assert.Equal(["typo"], config.UnusedKeys);
    }
}
