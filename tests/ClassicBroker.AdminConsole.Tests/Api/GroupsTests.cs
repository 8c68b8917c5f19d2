using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using ClassicBroker.Client;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>Groups with lag; offsets moved, first only looked at; ids that hold anything.</summary>
public sealed class GroupsTests(LiveFixture live)
{
    [Theory]
    [InlineData("plain", "group-of-plain")]
    [InlineData("odd", "a/b?c&d=<script>alert(1)</script> \u0007#%2F")]
    public async Task A_group_is_listed_described_moved_and_deleted(string topic, string group)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await CommitAsync(browser, topic, group, records: 10, committed: 4);

        var row = Assert.Single((await browser.GetUntilAsync(
            $"/api/groups?search={Uri.EscapeDataString(group)}", page => page["rows"]!.AsArray().Count > 0))["rows"]!.AsArray())!;
        Assert.Equal((group, "Empty"), ((string?)row["groupId"], (string?)row["state"]));
        Assert.Empty((await browser.GetAsync($"/api/groups?search={Uri.EscapeDataString(group)}&state=Stable"))["rows"]!.AsArray());
        var view = await browser.GetAsync($"/api/group?id={Uri.EscapeDataString(group)}");
        Assert.Equal((6L, 4L, 10L), ((long)view["totalLag"]!, (long)view["offsets"]![0]!["offset"]!, (long)view["offsets"]![0]!["end"]!));
        var reader = Assert.Single((await browser.GetAsync($"/api/topic/groups?name={topic}"))["groups"]!.AsArray())!;
        Assert.Equal((group, 6L), ((string?)reader["groupId"], (long)reader["lag"]!));

        var reset = new JsonObject { ["groupId"] = group, ["to"] = "shift", ["value"] = 3, ["dryRun"] = true };
        var plan = await browser.PostAsync("/api/group/offsets", reset);
        Assert.Equal((false, 4L, 7L), ((bool)plan["isDone"]!, (long)plan["rows"]![0]!["oldOffset"]!, (long)plan["rows"]![0]!["newOffset"]!));
        Assert.Equal(6L, (long)(await browser.GetAsync($"/api/group?id={Uri.EscapeDataString(group)}"))["totalLag"]!);
        reset["dryRun"] = false;
        Assert.True((bool)(await browser.PostAsync("/api/group/offsets", reset))["isDone"]!);
        Assert.Equal(3L, (long)(await browser.GetAsync($"/api/group?id={Uri.EscapeDataString(group)}"))["totalLag"]!);

        await browser.PostAsync("/api/group/offsets/delete", new JsonObject { ["groupId"] = group, ["topic"] = topic, ["confirm"] = topic });
        await browser.PostAsync("/api/group/delete", new JsonObject { ["groupId"] = group, ["confirm"] = "?" }, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("earliest", null, 0L, false)]
    [InlineData("latest", null, 10L, false)]
    [InlineData("offset", 6L, 6L, false)]
    [InlineData("offset", 99L, 10L, true)]
    [InlineData("shift", -99L, 0L, true)]
    [InlineData("time", 4102444800000L, 10L, false)]
    public async Task A_dry_run_tells_where_the_group_would_go_on(string to, long? value, long expected, bool isClamped)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        var topic = $"dry-{to}-{value}";
        await CommitAsync(browser, topic, topic, records: 10, committed: 5);
        var plan = await browser.PostAsync("/api/group/offsets", new JsonObject { ["groupId"] = topic, ["topic"] = topic, ["to"] = to, ["value"] = value });
        Assert.Equal((expected, isClamped), ((long)plan["rows"]![0]!["newOffset"]!, (bool)plan["rows"]![0]!["isClamped"]!));
    }

    [Fact]
    public async Task Offsets_of_a_file_are_taken_over()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        await CommitAsync(browser, "from-file", "from-file", records: 10, committed: 5);
        await browser.PostAsync("/api/group/offsets", new JsonObject
        {
            ["groupId"] = "from-file",
            ["to"] = "file",
            ["offsets"] = new JsonArray(new JsonObject { ["topic"] = "from-file", ["partition"] = 0, ["offset"] = 2 }),
            ["dryRun"] = false,
        });
        Assert.Equal(8L, (long)(await browser.GetAsync("/api/group?id=from-file"))["totalLag"]!);
    }

    [Fact]
    public async Task A_group_with_members_is_not_moved()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await CommitAsync(browser, "held", "held", records: 3, committed: 1);
        await using var consumer = new KafkaConsumer<byte[]?, byte[]?>(
            ConsumerConfig.FromProperties(new Dictionary<string, string>
            {
                ["bootstrap.servers"] = live.Cluster.BootstrapServers,
                ["group.id"] = "held",
                ["client.id"] = "<b>client</b>",
            }),
            Serdes.ByteArray, Serdes.ByteArray, live.Cluster.Network.Clients);
        consumer.Subscribe(["held"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var _ in consumer.ConsumeAsync(limit.Token))
        {
            break;
        }

        var view = await browser.GetAsync("/api/group?id=held");
        Assert.Equal(("Stable", "range"), ((string?)view["state"], (string?)view["assignor"]));
        Assert.Equal("<b>client</b>", (string?)view["members"]![0]!["clientId"]);
        Assert.Equal("<b>client</b>", (string?)view["offsets"]![0]!["clientId"]);
        var problem = await browser.PostAsync("/api/group/offsets", new JsonObject { ["groupId"] = "held", ["to"] = "latest" }, HttpStatusCode.Conflict);
        Assert.Contains("Stop its consumers first", (string?)problem["message"], StringComparison.Ordinal);
        await browser.PostAsync("/api/group/delete", new JsonObject { ["groupId"] = "held", ["confirm"] = "held" }, HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_group_that_is_not_there_is_not_found()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        await browser.GetRefusedAsync("/api/group?id=never-was", HttpStatusCode.NotFound);
        await browser.GetRefusedAsync("/api/group", HttpStatusCode.BadRequest);
    }

    private async Task CommitAsync(ConsoleBrowser browser, string topic, string group, int records, int committed)
    {
        await browser.PostAsync("/api/topics", new JsonObject { ["name"] = topic, ["partitions"] = 1, ["replicationFactor"] = 1 });
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = topic, ["value"] = "v", ["repeat"] = records });
        await live.Cluster.CommitAsync(group, new(topic, 0), new(committed, -1, ""));
    }
}
