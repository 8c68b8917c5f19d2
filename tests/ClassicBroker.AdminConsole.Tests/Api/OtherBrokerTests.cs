using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using Confluent.Kafka;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>The console before librdkafka's mock cluster: what that can do works, and the rest is not offered.</summary>
public sealed class OtherBrokerTests(LiveFixture live)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_the_mock_cluster_cannot_do_is_hidden_and_refused()
    {
        // The mock cluster lives in the producer, and ends with it.
        var config = new ProducerConfig { BootstrapServers = "none" };
        config.Set("test.mock.num.brokers", "2");
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        await producer.ProduceAsync(new TopicPartition("elsewhere", 0), new Message<Null, byte[]> { Value = "from librdkafka"u8.ToArray() });
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        var brokers = string.Join(',', admin.GetMetadata(Patience).Brokers.Select(broker => $"{broker.Host}:{broker.Port}"));

        await using var console = await TestConsole.StartAsync(live.Cluster, withZooKeeper: false, brokers, (ConsoleConfigKeys.SignIn, "token"));
        using var browser = console.NewBrowser();
        var line = console.Log.Lines.ToArray().Single(each => each.Contains("token=", StringComparison.Ordinal));
        var session = await browser.SignInAsync("", line[(line.IndexOf("token=", StringComparison.Ordinal) + 6)..].Trim());

        Assert.Null(session["failure"]);
        foreach (var lacking in (string[])["acls", "users", "quotas", "tokens", "reassignments", "logDirs", "configs", "createTopics", "transactions", "znodes"])
        {
            Assert.False((bool)session["can"]![lacking]!, lacking);
        }

        foreach (var path in (string[])["/api/acls", "/api/users", "/api/quotas", "/api/tokens", "/api/reassignments", "/api/transactions", "/api/topic/configs?name=elsewhere"])
        {
            await browser.GetRefusedAsync(path, HttpStatusCode.NotImplemented);
        }

        var overview = await browser.GetAsync("/api/overview");
        Assert.Equal(2, (int)overview["brokers"]!);
        Assert.Null(overview["bytes"]);
        Assert.Equal(["elsewhere"], (await browser.GetAsync("/api/topics"))["rows"]!.AsArray().Select(row => (string?)row!["name"]));
        Assert.Equal(2, (await browser.GetAsync("/api/brokers"))["rows"]!.AsArray().Count);
        Assert.Equal("elsewhere", (string?)(await browser.GetAsync("/api/topic?name=elsewhere"))["name"]);
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "elsewhere", ["partition"] = 0, ["value"] = "from the console" });
        var rows = (await browser.GetAsync("/api/topic/messages?topic=elsewhere&from=oldest"))["rows"]!.AsArray();
        Assert.Equal(["from librdkafka", "from the console"], rows.Select(row => (string)row!["value"]!["text"]!).Order(StringComparer.Ordinal));
        await browser.GetAsync("/api/metrics");
    }
}
