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
        }
        catch (KafkaConfigException refused)
        {
            Assert.Contains(key.Split('.')[0], refused.Message);
        }
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
