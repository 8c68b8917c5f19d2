using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>ACLs, users, quotas, tokens and transactions.</summary>
public sealed class SecurityTests(LiveFixture live)
{
    [Fact]
    public async Task An_ACL_is_added_found_and_removed()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        var acl = new JsonObject
        {
            ["principal"] = "User:<b>bob</b>",
            ["resourceType"] = "TOPIC",
            ["resource"] = "acl-",
            ["pattern"] = "PREFIXED",
            ["operation"] = "DESCRIBE_CONFIGS",
            ["permission"] = "DENY",
            ["host"] = "10.0.0.1",
        };
        await browser.PostAsync("/api/acls", acl);
        var found = Assert.Single((await browser.GetUntilAsync("/api/acls?search=bob", HasRows))["rows"]!.AsArray());
        Assert.True(JsonNode.DeepEquals(acl, found), found!.ToJsonString());
        Assert.Single((await browser.GetUntilAsync("/api/acls?type=TOPIC&resource=acl-anything", HasRows))["rows"]!.AsArray());
        Assert.Empty((await browser.GetAsync("/api/acls?type=GROUP&search=bob"))["rows"]!.AsArray());
        await browser.PostAsync("/api/acls/delete", new JsonObject { ["acl"] = acl.DeepClone(), ["confirm"] = "bob" }, HttpStatusCode.BadRequest);
        var deletion = new JsonObject { ["acl"] = acl.DeepClone(), ["confirm"] = "User:<b>bob</b>" };
        await browser.PostUntilAsync("/api/acls/delete", deletion, HttpStatusCode.OK);
        await browser.PostUntilAsync("/api/acls/delete", deletion, HttpStatusCode.NotFound);
        acl["operation"] = "EVERYTHING";
        await browser.PostAsync("/api/acls", acl, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_user_is_added_can_log_in_and_is_deleted()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await browser.PostAsync("/api/users", new JsonObject { ["name"] = "newcomer", ["password"] = "short" }, HttpStatusCode.BadRequest);
        await browser.PostAsync("/api/users", new JsonObject { ["name"] = "newcomer", ["password"] = "long enough" });
        var row = Assert.Single((await browser.GetUntilAsync("/api/users?search=newcomer", HasRows))["rows"]!.AsArray())!;
        Assert.Equal(("SCRAM-SHA-512", 4096), ((string?)row["credentials"]![0]!["mechanism"], (int)row["credentials"]![0]!["iterations"]!));
        Assert.DoesNotContain("long enough", string.Join('\n', live.Console.Log.Lines.ToArray()), StringComparison.Ordinal);
        await browser.PostAsync("/api/users/delete", new JsonObject { ["name"] = "newcomer", ["confirm"] = "newcomer" });
        Assert.Empty((await browser.GetUntilAsync("/api/users?search=newcomer", answer => !HasRows(answer)))["rows"]!.AsArray());
    }

    [Fact]
    public async Task Quotas_of_names_and_of_all_others_are_set_and_removed()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        var entity = new JsonArray(new JsonObject { ["type"] = "user", ["name"] = "limited" }, new JsonObject { ["type"] = "client-id" });
        await browser.PostAsync("/api/quotas", Order(1048576));
        var row = (await browser.GetAsync("/api/quotas"))["quotas"]!.AsArray().Single(quota => (string?)quota!["entity"]![0]!["name"] == "limited")!;
        Assert.Null(row["entity"]![1]!["name"]);
        Assert.Equal(1048576, (double)row["values"]!["producer_byte_rate"]!);
        await browser.PostAsync("/api/quotas", Order(null));
        Assert.DoesNotContain((await browser.GetAsync("/api/quotas"))["quotas"]!.AsArray(), quota => (string?)quota!["entity"]![0]!["name"] == "limited");
        await browser.PostAsync(
            "/api/quotas", new JsonObject { ["entity"] = entity.DeepClone(), ["changes"] = new JsonObject { ["wishes"] = 3 } }, HttpStatusCode.BadRequest);

        JsonObject Order(double? value) => new() { ["entity"] = entity.DeepClone(), ["changes"] = new JsonObject { ["producer_byte_rate"] = value } };
    }

    [Fact]
    public async Task Tokens_need_a_connection_that_is_authenticated()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        var problem = await browser.PostAsync("/api/tokens", new JsonObject(), HttpStatusCode.BadRequest);
        Assert.Equal("DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", (string?)problem["code"]);
        Assert.Contains("SASL", (string?)problem["hint"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transactions_are_shown_and_one_that_hangs_is_found_and_aborted()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        await browser.PostAsync("/api/topics", new JsonObject { ["name"] = "transacted", ["partitions"] = 1, ["replicationFactor"] = 1 });
        await using var producer = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = live.Cluster.BootstrapServers, TransactionalId = "<i>payments</i>" },
            Serdes.ByteArray, Serdes.ByteArray, live.Cluster.Network.Clients);
        await producer.InitTransactionsAsync();
        producer.BeginTransaction();
        await producer.ProduceAsync("transacted", null, "open"u8.ToArray());

        var row = Assert.Single((await browser.GetAsync("/api/transactions?search=payments"))["rows"]!.AsArray())!;
        Assert.Equal("Ongoing", (string?)row["state"]);
        var view = await browser.GetAsync($"/api/transaction?id={Uri.EscapeDataString("<i>payments</i>")}");
        Assert.Equal("transacted-0", (string?)view["partitions"]![0]);
        var open = (await browser.GetAsync("/api/topic/producers?topic=transacted&partition=0"))["producers"]![0]!;
        Assert.Equal(0, (long)open["transactionStartOffset"]!);
        Assert.Empty((await browser.GetAsync("/api/transactions/hanging?minutes=0&topic=transacted"))["transactions"]!.AsArray());

        await browser.PostAsync("/api/transactions/abort", Abort("transacted-1"), HttpStatusCode.BadRequest);
        await browser.PostAsync("/api/transactions/abort", Abort("transacted-0"));
        var rows = (await browser.GetAsync("/api/topic/messages?topic=transacted&from=oldest&control=true"))["rows"]!.AsArray();
        Assert.Equal(["record", "abort"], rows.Select(message => (string)message!["kind"]!));
        await browser.PostAsync("/api/transactions/abort", Abort("transacted-0"), HttpStatusCode.NotFound);
        await browser.GetRefusedAsync("/api/transaction?id=none-such", HttpStatusCode.NotFound);

        JsonObject Abort(string confirm) => new()
        {
            ["topic"] = "transacted",
            ["partition"] = 0,
            ["producerId"] = (long)row["producerId"]!,
            ["startOffset"] = 0,
            ["confirm"] = confirm,
        };
    }

    private static bool HasRows(JsonNode answer) => answer["rows"]!.AsArray().Count > 0;
}
