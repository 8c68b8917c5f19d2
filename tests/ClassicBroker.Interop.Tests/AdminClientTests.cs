using System.Text.Json;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>Administration through clients we did not write.</summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class AdminClientTests(SingleBrokerFixture cluster)
{
    [Fact]
    public async Task Kafka_python_creates_describes_alters_and_deletes_topics()
    {
        var outcome = (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "Clients", "kafka_python_admin.py"), cluster.BootstrapServers, cluster.NewTopic("admin-python")])).RequireSuccess();

        using var seen = JsonDocument.Parse(outcome.Text);
        var root = seen.RootElement;
        Assert.Equal("exists", root.GetProperty("again").GetString());
        Assert.Equal(2, root.GetProperty("partitions").GetInt32());
        Assert.Equal(3, root.GetProperty("grown").GetInt32());
        Assert.Equal(["120000"], root.GetProperty("retention").EnumerateArray().Select(value => value.GetString()));
        Assert.True(root.GetProperty("listed").GetBoolean());
        Assert.True(root.GetProperty("deleted").GetBoolean());
        Assert.Equal(1, root.GetProperty("brokers").GetInt32());
    }

    [Fact]
    public async Task Kafkajs_creates_describes_alters_and_deletes_topics()
    {
        var outcome = (await ForeignClient.KafkaJs().RunAsync(["admin", cluster.BootstrapServers, cluster.NewTopic("admin-js")])).RequireSuccess();

        using var seen = JsonDocument.Parse(outcome.Text);
        var root = seen.RootElement;
        Assert.True(root.GetProperty("created").GetBoolean());
        Assert.Equal(2, root.GetProperty("partitions").GetInt32());
        Assert.Equal(3, root.GetProperty("grown").GetInt32());
        Assert.Equal("120000", root.GetProperty("retention").GetString());
        Assert.True(root.GetProperty("listed").GetBoolean());
        Assert.True(root.GetProperty("deleted").GetBoolean());
        Assert.Equal(3, root.GetProperty("offsets").GetInt32());
        Assert.Equal(1, root.GetProperty("brokers").GetInt32());
    }

    [Fact]
    public async Task Kcat_lists_brokers_and_topics()
    {
        var topic = await cluster.CreateTopicAsync("listed");

        var outcome = (await ChildProcess.RunAsync("kcat", ["-L", "-J", "-b", cluster.BootstrapServers])).RequireSuccess();

        using var seen = JsonDocument.Parse(outcome.Text);
        Assert.Equal(cluster.BootstrapServers, seen.RootElement.GetProperty("brokers")[0].GetProperty("name").GetString());
        Assert.Contains(seen.RootElement.GetProperty("topics").EnumerateArray(), entry => entry.GetProperty("topic").GetString() == topic);
    }
}
