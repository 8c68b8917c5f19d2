using System.Net;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>The console before librdkafka's mock cluster: what that can do works, and the rest is not offered.</summary>
public sealed class OtherBrokerTests(LiveFixture live)
{
    [Fact]
    public async Task What_the_mock_cluster_cannot_do_is_hidden_and_refused()
    {
        // The mock cluster lives in a producer that waits for lines, which never come.
        await using var mock = ChildProcess.Start("kcat", ["-X", "test.mock.num.brokers=1", "-d", "mock", "-P", "-b", "none", "-t", "held"], hasInput: true);
        const string mark = "bootstrap.servers=";
        await mock.WaitForAsync(mark, TimeSpan.FromSeconds(30));
        var brokers = mock.Output[(mock.Output.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..].Split('\n', ' ')[0].Trim();
        (await ChildProcess.RunAsync("sh", ["-c", $"echo from-kcat | kcat -P -b {brokers} -t elsewhere"])).RequireSuccess();
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
        Assert.Equal(1, (int)overview["brokers"]!);
        Assert.Null(overview["bytes"]);
        Assert.Equal("elsewhere", (string?)(await browser.GetAsync("/api/topics"))["rows"]![0]!["name"]);
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "elsewhere", ["partition"] = 0, ["value"] = "from the console" });
        var rows = (await browser.GetAsync("/api/topic/messages?topic=elsewhere&from=oldest"))["rows"]!.AsArray();
        Assert.Equal(["from the console", "from-kcat"], rows.Select(row => (string)row!["value"]!["text"]!).Order(StringComparer.Ordinal));
    }
}
