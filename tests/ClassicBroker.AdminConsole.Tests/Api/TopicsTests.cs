using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>Topics: lists, one topic, and what changes them.</summary>
public sealed class TopicsTests(LiveFixture live)
{
    [Fact]
    public async Task Pages_are_cut_searched_and_sorted_on_the_server()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        for (var i = 0; i < 5; i++)
        {
            await CreateAsync(browser, $"paged-{i}", partitions: 5 - i);
        }

        var page = await browser.GetUntilAsync("/api/topics?search=PAGED-&page=1&size=2", answer => (int)answer["total"]! == 5);
        Assert.Equal((5, 1, 2), ((int)page["total"]!, (int)page["page"]!, (int)page["size"]!));
        Assert.Equal(["paged-2", "paged-3"], Names(page));
        Assert.Equal(
            ["paged-4", "paged-3", "paged-2", "paged-1", "paged-0"], Names(await browser.GetAsync("/api/topics?search=paged-&sort=partitions")));
        Assert.Equal(["paged-4", "paged-3"], Names(await browser.GetAsync("/api/topics?search=paged-&desc=true&size=2")));
        Assert.Empty(Names(await browser.GetAsync("/api/topics?search=paged-&page=9")));
        await browser.GetRefusedAsync("/api/topics?size=100000", HttpStatusCode.BadRequest);
        await browser.GetRefusedAsync("/api/topics?page=-1", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Internal_topics_are_shown_when_asked_for()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await using var admin = live.Cluster.NewAdmin();
        await admin.ListGroupOffsetsAsync("makes-the-offsets-topic");
        Assert.Equal(
            ["__consumer_offsets"],
            Names(await browser.GetUntilAsync("/api/topics?search=__consumer_offsets&internal=true", page => Names(page).Length > 0)));
        Assert.Empty(Names(await browser.GetAsync("/api/topics?search=__consumer_offsets")));
    }

    [Fact]
    public async Task A_topic_is_created_looked_at_and_deleted()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        var order = new JsonObject
        {
            ["name"] = "made-here",
            ["partitions"] = 2,
            ["replicationFactor"] = 3,
            ["configs"] = new JsonObject { ["retention.ms"] = "60000" },
        };
        var dry = order.DeepClone();
        dry["dryRun"] = true;
        await browser.PostAsync("/api/topics", dry);
        await browser.GetRefusedAsync("/api/topic?name=made-here", HttpStatusCode.NotFound);
        await browser.PostAsync("/api/topics", order);
        await browser.PostAsync("/api/topics", order.DeepClone(), HttpStatusCode.Conflict);

        var topic = await browser.GetAsync("/api/topic?name=made-here");
        Assert.Equal([0, 1], topic["partitions"]!.AsArray().Select(partition => (int)partition!["partition"]!));
        Assert.Equal([0, 1, 2], topic["partitions"]![0]!["replicas"]!.AsArray().Select(id => (int)id!).Order());
        var configs = (await browser.GetAsync("/api/topic/configs?name=made-here"))["configs"]!.AsArray();
        var retention = configs.Single(config => (string?)config!["name"] == "retention.ms")!;
        Assert.Equal(("60000", "DynamicTopic"), ((string?)retention["value"], (string?)retention["source"]));
        var size = configs.Single(config => (string?)config!["name"] == "max.message.bytes")!;
        Assert.Equal(("12000000", "StaticBroker", "12000000"), ((string?)size["value"], (string?)size["source"], (string?)size["defaultValue"]));

        await browser.PostAsync("/api/topics/delete", Deletion(["made-here"], "yes"), HttpStatusCode.BadRequest);
        var outcome = await browser.PostAsync("/api/topics/delete", Deletion(["made-here"], "made-here"));
        Assert.Null(outcome["items"]![0]!["failure"]);
        await GoneAsync(browser, "made-here");
    }

    [Fact]
    public async Task Several_topics_are_deleted_by_their_number()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await CreateAsync(browser, "bulk-a");
        await CreateAsync(browser, "bulk-b");
        await browser.PostAsync("/api/topics/delete", Deletion(["bulk-a", "bulk-b"], "bulk-a"), HttpStatusCode.BadRequest);
        var outcomes = await browser.PostAsync("/api/topics/delete", Deletion(["bulk-a", "bulk-b", "bulk-none"], "3 topics"));
        Assert.Equal([true, true, false], outcomes["items"]!.AsArray().Select(item => item!["failure"] is null));
        await GoneAsync(browser, "bulk-");
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("<script>alert(1)</script>", 1)]
    [InlineData("..", 1)]
    [InlineData("fine", 0)]
    public async Task A_topic_that_cannot_be_is_refused_with_a_sentence(string name, int partitions)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        var problem = await browser.PostAsync(
            "/api/topics", new JsonObject { ["name"] = name, ["partitions"] = partitions, ["replicationFactor"] = 1 }, HttpStatusCode.BadRequest);
        Assert.NotEmpty((string)problem["message"]!);
    }

    [Fact]
    public async Task Configs_are_set_checked_and_taken_back()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        await CreateAsync(browser, "configured");
        await browser.PostAsync("/api/topic/configs", Change("max.message.bytes", "2000000"));
        await RequireAsync("max.message.bytes", "2000000");
        await browser.PostAsync("/api/topic/configs", Change("max.message.bytes", "many"), HttpStatusCode.BadRequest);
        await browser.PostAsync("/api/topic/configs", Change("max.message.bytes", null));
        await RequireAsync("max.message.bytes", "12000000");

        async Task RequireAsync(string key, string value) => Assert.Equal(
            value, ValueOf(key, await browser.GetUntilAsync("/api/topic/configs?name=configured", configs => ValueOf(key, configs) == value)));

        static string? ValueOf(string key, JsonNode configs) =>
            (string?)configs["configs"]!.AsArray().Single(config => (string?)config!["name"] == key)!["value"];

        JsonObject Change(string key, string? value) => new() { ["name"] = "configured", ["changes"] = new JsonObject { [key] = value } };
    }

    [Fact]
    public async Task Partitions_are_added_and_records_deleted()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await CreateAsync(browser, "grown");
        await browser.PostAsync("/api/topic/partitions", new JsonObject { ["name"] = "grown", ["total"] = 3 });
        await browser.PostAsync("/api/topic/partitions", new JsonObject { ["name"] = "grown", ["total"] = 2 }, HttpStatusCode.BadRequest);
        for (var i = 0; i < 4; i++)
        {
            await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "grown", ["partition"] = 2, ["value"] = $"{i}" });
        }

        var cut = new JsonObject { ["name"] = "grown", ["partition"] = 2, ["beforeOffset"] = 3, ["confirm"] = "grown" };
        Assert.Null((await browser.PostAsync("/api/topic/truncate", cut))["items"]![0]!["failure"]);
        var partition = (await browser.GetAsync("/api/topic?name=grown"))["partitions"]![2]!;
        Assert.Equal((3L, 4L), ((long)partition["start"]!, (long)partition["end"]!));
        await browser.PostAsync("/api/topic/truncate", new JsonObject { ["name"] = "grown", ["confirm"] = "?" }, HttpStatusCode.BadRequest);
    }

    private static async Task GoneAsync(ConsoleBrowser browser, string search) =>
        Assert.Empty(Names(await browser.GetUntilAsync($"/api/topics?search={search}", page => Names(page).Length == 0)));

    private static Task CreateAsync(ConsoleBrowser browser, string name, int partitions = 1) => browser.PostAsync(
        "/api/topics", new JsonObject { ["name"] = name, ["partitions"] = partitions, ["replicationFactor"] = 1 });

    private static JsonObject Deletion(string[] names, string confirm) =>
        new() { ["names"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]), ["confirm"] = confirm };

    private static string[] Names(JsonNode page) => [.. page["rows"]!.AsArray().Select(row => (string)row!["name"]!)];
}
