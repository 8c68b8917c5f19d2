using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>The cluster as a whole: overview, brokers, znodes, replicas that move, what is sampled.</summary>
public sealed class ClusterTests(LiveFixture live)
{
    [Fact]
    public async Task The_overview_counts_what_there_is()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        var overview = await browser.GetAsync("/api/overview");
        Assert.Equal(3, (int)overview["brokers"]!);
        Assert.InRange((int)overview["controllerId"]!, 0, 2);
        Assert.Equal((0, 0), ((int)overview["offline"]!, (int)overview["underMinIsr"]!));
        Assert.Equal("3.9 or later", (string?)overview["versions"]![0]!["version"]);
        Assert.Equal([0, 1, 2], overview["zooKeeper"]!["brokers"]!.AsArray().Select(session => (int)session!["brokerId"]!));
    }

    [Fact]
    public async Task A_session_tells_what_the_cluster_can_do()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        var can = (await browser.GetAsync("/api/session"))["can"]!.AsObject();
        Assert.All(can, ability => Assert.True((bool)ability.Value!, ability.Key));
    }

    [Fact]
    public async Task Brokers_are_shown_with_directories_and_configs()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        var brokers = await browser.GetAsync("/api/brokers");
        Assert.Equal(["rack-0", "rack-1", "rack-2"], brokers["rows"]!.AsArray().Select(broker => (string?)broker!["rack"]));
        Assert.Single(brokers["rows"]!.AsArray(), broker => (bool)broker!["isController"]!);
        var broker = await browser.GetAsync("/api/broker?id=1");
        Assert.EndsWith("broker-1", (string?)broker["directories"]![0]!["path"], StringComparison.Ordinal);
        Assert.True((long)broker["directories"]![0]!["totalBytes"]! > 0);
        await browser.GetRefusedAsync("/api/broker?id=9", HttpStatusCode.NotFound);

        var configs = (await browser.GetAsync("/api/broker/configs?id=1"))["configs"]!.AsArray();
        var secret = configs.Single(config => (string?)config!["name"] == "delegation.token.secret.key")!;
        Assert.True((bool)secret["isSensitive"]!);
        Assert.Null(secret["value"]);
        Assert.DoesNotContain("a secret of the test", configs.ToJsonString(), StringComparison.Ordinal);
        await browser.PostAsync("/api/broker/configs", Change("log.cleaner.threads", "2"));
        Predicate<JsonNode?> isChanged = config =>
            (string?)config!["name"] == "log.cleaner.threads" && (string?)config["value"] == "2" && (string?)config["source"] == "DynamicBroker";
        var changed = await browser.GetUntilAsync("/api/broker/configs?id=1", answer => answer["configs"]!.AsArray().Any(isChanged.Invoke));
        Assert.Contains(changed["configs"]!.AsArray(), isChanged);
        await browser.PostAsync("/api/broker/configs", Change("log.cleaner.threads", null));
        await browser.PostAsync("/api/broker/configs", Change("zookeeper.connect", "elsewhere:2181"), HttpStatusCode.BadRequest);

        static JsonObject Change(string key, string? value) => new() { ["id"] = 1, ["changes"] = new JsonObject { [key] = value } };
    }

    [Fact]
    public async Task Znodes_are_shown_without_their_secrets()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        var root = await browser.GetAsync("/api/znode");
        Assert.Contains("brokers", root["children"]!["rows"]!.AsArray().Select(name => (string?)name));
        var broker = await browser.GetAsync("/api/znode?path=/brokers/ids/0");
        Assert.Contains("\"endpoints\"", (string?)broker["text"], StringComparison.Ordinal);
        Assert.StartsWith("0x", (string?)broker["ephemeralOwner"], StringComparison.Ordinal);
        var user = await browser.GetAsync($"/api/znode?path=/config/users/{LiveCluster.Admin}");
        Assert.Equal("[hidden]", (string?)JsonNode.Parse((string)user["text"]!)!["config"]!["SCRAM-SHA-512"]);
        Assert.DoesNotContain("salt", user.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        await browser.GetRefusedAsync("/api/znode?path=/no/such", HttpStatusCode.NotFound);
        await browser.GetRefusedAsync("/api/znode?path=relative", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Replicas_are_proposed_moved_and_watched()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await browser.PostAsync("/api/topics", new JsonObject { ["name"] = "moved", ["partitions"] = 4, ["replicationFactor"] = 1 });
        var order = new JsonObject { ["topics"] = new JsonArray("moved"), ["brokers"] = new JsonArray(0, 1, 2), ["replicationFactor"] = 3 };
        var proposal = await browser.PostAsync("/api/reassignments/proposal", order);
        Assert.Equal(4, proposal["partitions"]!.AsArray().Count);
        Assert.All(proposal["partitions"]!.AsArray(), row => Assert.Equal([0, 1, 2], row!["then"]!.AsArray().Select(id => (int)id!).Order()));

        var start = new JsonObject
        {
            ["partitions"] = new JsonArray([.. proposal["partitions"]!.AsArray().Select(row => new JsonObject
            {
                ["topic"] = "moved",
                ["partition"] = (int)row!["partition"]!,
                ["replicas"] = row["then"]!.DeepClone(),
            })]),
            ["bytesPerSecond"] = 1_000_000,
        };
        var outcomes = await browser.PostAsync("/api/reassignments", start);
        Assert.All(outcomes["items"]!.AsArray(), item => Assert.Null(item!["failure"]));
        Predicate<JsonNode?> isThrottle = config => (string?)config!["name"] == "follower.replication.throttled.replicas"
            && ((string?)config["value"])!.Contains("0:", StringComparison.Ordinal);
        var configs = await browser.GetUntilAsync("/api/topic/configs?name=moved", answer => answer["configs"]!.AsArray().Any(isThrottle.Invoke));
        Assert.Contains(configs["configs"]!.AsArray(), isThrottle);
        var moves = await browser.GetUntilAsync("/api/reassignments", answer => answer["partitions"]!.AsArray().Count == 0);
        Assert.Empty(moves["partitions"]!.AsArray());
        Predicate<JsonNode> isMoved = topic => topic["partitions"]![0]!["replicas"]!.AsArray().Count == 3;
        Assert.True(isMoved(await browser.GetUntilAsync("/api/topic?name=moved", isMoved)));
        await browser.PostAsync("/api/reassignments/throttle", new JsonObject { ["topics"] = new JsonArray("moved") });
        await browser.PostAsync("/api/reassignments/cancel", new JsonObject { ["confirm"] = "cancel" }, HttpStatusCode.NotFound);
        await browser.PostAsync("/api/reassignments/proposal", new JsonObject { ["topics"] = new JsonArray("moved"), ["brokers"] = new JsonArray(0) }, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_is_sampled_can_be_drawn()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        Assert.NotEmpty((await browser.GetUntilAsync("/api/metrics", answer => answer["series"]!.AsArray().Count > 0))["series"]!.AsArray());
        var brokers = (await browser.GetAsync("/api/metrics"))["series"]!.AsArray().Single(series => (string?)series!["name"] == "Cluster: brokers")!;
        Assert.Equal(3, (double)brokers["values"]![0]!);
        Assert.Equal(brokers["values"]!.AsArray().Count, brokers["timesMs"]!.AsArray().Count);
    }
}
