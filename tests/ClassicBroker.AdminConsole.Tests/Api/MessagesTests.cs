using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using ClassicBroker.Client;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>Records written, read, searched and followed; whatever they hold comes as text.</summary>
public sealed class MessagesTests(LiveFixture live)
{
    private const string Script = "<script>alert('x')</script><img src=x onerror=alert(1)>\u0000\u001b[31m\u202e\n";

    [Fact]
    public async Task Records_are_read_from_the_newest_the_oldest_an_offset_and_a_time()
    {
        using var browser = await CreateAsync("read", partitions: 1);
        long? third = null;
        for (var i = 0; i < 10; i++)
        {
            var written = await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "read", ["key"] = $"k{i}", ["value"] = $"v{i}" });
            Assert.Equal(i, (int)written["offset"]!);
            third = i == 3 ? (long)written["timestampMs"]! : third;
        }

        Assert.Equal((long[])[9, 8, 7], await OffsetsAsync(browser, "topic=read&limit=3"));
        Assert.Equal((long[])[0, 1, 2], await OffsetsAsync(browser, "topic=read&from=oldest&limit=3"));
        Assert.Equal((long[])[5, 6], await OffsetsAsync(browser, "topic=read&from=offset&offset=5&limit=2"));
        Assert.InRange((await OffsetsAsync(browser, $"topic=read&from=time&time={third}&limit=1"))[0], 0, 3);
        Assert.Empty(await OffsetsAsync(browser, $"topic=read&from=time&time={third + 3_600_000}"));
        await browser.GetRefusedAsync("/api/topic/messages?topic=read&from=somewhere", HttpStatusCode.BadRequest);
        await browser.GetRefusedAsync("/api/topic/messages?topic=read&partitions=7", HttpStatusCode.BadRequest);
        await browser.GetRefusedAsync("/api/topic/messages?topic=read-not", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("oldest")]
    [InlineData("newest")]
    public async Task Pages_go_on_where_the_last_ended_and_miss_nothing(string from)
    {
        using var browser = await CreateAsync($"pages-{from}", partitions: 3);
        for (var i = 0; i < 30; i++)
        {
            await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = $"pages-{from}", ["partition"] = i % 3, ["value"] = $"{i}" });
        }

        var seen = new List<string>();
        string? next = null;
        do
        {
            var page = await browser.GetAsync($"/api/topic/messages?topic=pages-{from}&from={from}&limit=7{(next is null ? "" : $"&at={next}")}");
            seen.AddRange(page["rows"]!.AsArray().Select(row => (string)row!["value"]!["text"]!));
            next = (string?)page["next"];
        }
        while (next is not null);

        Assert.Equal(30, seen.Count);
        Assert.Equal(30, seen.Distinct().Count());
    }

    [Fact]
    public async Task Searches_find_keys_values_headers_and_conditions()
    {
        using var browser = await CreateAsync("searched", partitions: 2);
        for (var i = 0; i < 40; i++)
        {
            await browser.PostAsync("/api/topic/messages", new JsonObject
            {
                ["topic"] = "searched",
                ["key"] = $"customer-{i}",
                ["value"] = new JsonObject { ["total"] = i, ["lines"] = new JsonArray(new JsonObject { ["sku"] = $"s{i % 4}" }) }.ToJsonString(),
                ["headers"] = new JsonArray(new JsonObject { ["name"] = "source", ["value"] = i % 2 == 0 ? "web" : "shop" }),
            });
        }

        Assert.Equal(["customer-7"], await KeysAsync("key=customer-7"));
        Assert.Equal(["customer-33"], await KeysAsync("value=\"total\":33,"));
        Assert.Equal(20, (await KeysAsync("header=shop")).Length);
        Assert.Equal(["customer-36", "customer-38"], await KeysAsync("where=value.total > 35 %26%26 header.source == \"web\""));
        Assert.Equal(10, (await KeysAsync("where=value.lines.0.sku == \"s3\"")).Length);
        Assert.Empty(await KeysAsync("where=value.nothing == 1"));
        await browser.GetRefusedAsync("/api/topic/messages?topic=searched&where=alert(1)", HttpStatusCode.BadRequest);

        async Task<string[]> KeysAsync(string filter) =>
        [
            .. (await browser.GetAsync($"/api/topic/messages?topic=searched&from=oldest&limit=100&{filter}"))["rows"]!.AsArray()
                .Select(row => (string)row!["key"]!["text"]!).OrderBy(key => key.Length).ThenBy(key => key, StringComparer.Ordinal),
        ];
    }

    [Fact]
    public async Task Hostile_text_comes_back_as_it_was_written()
    {
        using var browser = await CreateAsync("hostile", partitions: 1);
        await browser.PostAsync("/api/topic/messages", new JsonObject
        {
            ["topic"] = "hostile",
            ["key"] = Script,
            ["value"] = Script,
            ["headers"] = new JsonArray(new JsonObject { ["name"] = Script, ["value"] = Script }),
        });
        var row = (await browser.GetAsync("/api/topic/messages?topic=hostile"))["rows"]![0]!;
        Assert.Equal(
            (Script, Script, Script, Script),
            ((string?)row["key"]!["text"], (string?)row["value"]!["text"], (string?)row["headers"]![0]!["name"], (string?)row["headers"]![0]!["value"]!["text"]));
        using var raw = await browser.Http.GetAsync("/api/topic/payload?topic=hostile&partition=0&offset=0&part=value");
        Assert.Equal("application/octet-stream", raw.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", raw.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(Script, await raw.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Ten_megabytes_are_previewed_and_saved_in_full()
    {
        using var browser = await CreateAsync("huge", partitions: 1);
        var value = new byte[10_000_000];
        new Random(1).NextBytes(value);
        await browser.PostAsync("/api/topic/messages", new JsonObject
        {
            ["topic"] = "huge",
            ["key"] = new string('k', 5000) + "é",
            ["value"] = Convert.ToBase64String(value),
            ["valueIsBase64"] = true,
        });
        var row = (await browser.GetAsync("/api/topic/messages?topic=huge"))["rows"]![0]!;
        Assert.Equal((10_000_000, true), ((int)row["value"]!["size"]!, (bool)row["value"]!["isCut"]!));
        Assert.Equal(2048, Convert.FromBase64String((string)row["value"]!["base64"]!).Length);
        Assert.Equal(new string('k', 2048), (string?)row["key"]!["text"]);
        var saved = await browser.Http.GetByteArrayAsync("/api/topic/payload?topic=huge&partition=0&offset=0");
        Assert.True(value.AsSpan().SequenceEqual(saved));
        await browser.GetRefusedAsync("/api/topic/payload?topic=huge&partition=0&offset=5", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Tombstones_and_empty_values_are_told_apart()
    {
        using var browser = await CreateAsync("tombstones", partitions: 1);
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "tombstones", ["key"] = "k", ["value"] = null });
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "tombstones", ["key"] = "k", ["value"] = "" });
        var rows = (await browser.GetAsync("/api/topic/messages?topic=tombstones&from=oldest"))["rows"]!;
        Assert.Null(rows[0]!["value"]!["size"]);
        Assert.Equal((0, ""), ((int)rows[1]!["value"]!["size"]!, (string?)rows[1]!["value"]!["text"]));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    public async Task A_record_is_written_many_times_and_compressed(string codec)
    {
        using var browser = await CreateAsync($"repeated-{codec}", partitions: 1);
        var written = await browser.PostAsync("/api/topic/messages", new JsonObject
        {
            ["topic"] = $"repeated-{codec}",
            ["value"] = new string('x', 1000),
            ["compression"] = codec,
            ["repeat"] = 20,
        });
        Assert.Equal(20, (int)written["count"]!);
        var row = (await browser.GetAsync($"/api/topic/messages?topic=repeated-{codec}&limit=1"))["rows"]![0]!;
        Assert.Equal((19, codec), ((int)row["offset"]!, (string?)row["compression"]));
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_not_made_by_producing()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "never-made", ["value"] = "v" }, HttpStatusCode.NotFound);
        await browser.GetRefusedAsync("/api/topic?name=never-made", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Markers_of_transactions_are_shown_when_asked_for()
    {
        using var browser = await CreateAsync("marked", partitions: 1);
        await using var producer = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = live.Cluster.BootstrapServers, TransactionalId = "marks" }, Serdes.ByteArray, Serdes.ByteArray, live.Cluster.Network.Clients);
        await producer.InitTransactionsAsync();
        foreach (var isCommitted in (bool[])[true, false])
        {
            producer.BeginTransaction();
            await producer.ProduceAsync("marked", null, "in a transaction"u8.ToArray());
            await (isCommitted ? producer.CommitTransactionAsync() : producer.AbortTransactionAsync());
        }

        // A coordinator answers before its markers are written.
        JsonArray rows;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((rows = (await browser.GetAsync("/api/topic/messages?topic=marked&from=oldest&control=true"))["rows"]!.AsArray()).Count < 4)
        {
            await Task.Delay(50, limit.Token);
        }

        Assert.Equal(["record", "commit", "record", "abort"], rows.Select(row => (string)row!["kind"]!));
        Assert.True((bool)rows[0]!["isTransactional"]!);
        Assert.Equal((long[])[0, 2], await OffsetsAsync(browser, "topic=marked&from=oldest"));
    }

    [Fact]
    public async Task A_tail_shows_what_comes_and_goes_on_where_it_was_paused()
    {
        using var browser = await CreateAsync("tailed", partitions: 2);
        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "tailed", ["value"] = "before" });
        string next;
        using (var tail = await TailAsync(browser, "topic=tailed"))
        {
            next = (string)(await tail.NextAsync())["next"]!;
            await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "tailed", ["value"] = "while" });
            var rows = await tail.RowsAsync(1);
            Assert.Equal("while", (string?)rows[0]["value"]!["text"]);
            next = tail.Next!;
        }

        await browser.PostAsync("/api/topic/messages", new JsonObject { ["topic"] = "tailed", ["value"] = "paused" });
        using var resumed = await TailAsync(browser, $"topic=tailed&at={next}");
        Assert.Equal("paused", (string?)(await resumed.RowsAsync(1))[0]["value"]!["text"]);
    }

    [Fact]
    public async Task A_fast_topic_is_counted_where_it_is_too_much_to_show()
    {
        using var browser = await CreateAsync("fast", partitions: 3);
        await using var producer = live.Cluster.NewProducer();
        using var tail = await TailAsync(browser, "topic=fast");
        await tail.NextAsync();
        const int count = 5000;
        for (var i = 0; i < count; i++)
        {
            await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>("fast", null, Encoding.UTF8.GetBytes($"{i}")));
        }

        await producer.FlushAsync();
        var (shown, counted, hidden) = (0, 0L, 0L);
        while (counted < count)
        {
            var batch = await tail.NextAsync();
            Assert.True(batch["rows"]!.AsArray().Count <= 100);
            shown += batch["rows"]!.AsArray().Count;
            counted += (long)batch["scanned"]!;
            hidden += (long)batch["notShown"]!;
        }

        Assert.Equal((count, count), (counted, shown + hidden));
    }

    private static async Task<long[]> OffsetsAsync(ConsoleBrowser browser, string query) =>
        [.. (await browser.GetAsync($"/api/topic/messages?{query}"))["rows"]!.AsArray().Select(row => (long)row!["offset"]!)];

    private static async Task<TailReader> TailAsync(ConsoleBrowser browser, string query)
    {
        var response = await browser.Http.GetAsync($"/api/topic/tail?{query}", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    private async Task<ConsoleBrowser> CreateAsync(string topic, int partitions)
    {
        var browser = await live.Console.SignInAsync(LiveCluster.Operator);
        await browser.PostAsync("/api/topics", new JsonObject { ["name"] = topic, ["partitions"] = partitions, ["replicationFactor"] = 1 });
        return browser;
    }

    /// <summary>Server-sent events as a browser reads them.</summary>
    private sealed class TailReader(HttpResponseMessage response, StreamReader events) : IDisposable
    {
        public string? Next { get; private set; }

        public async Task<JsonNode> NextAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (await events.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    var data = JsonNode.Parse(line[6..])!;
                    Next = (string?)data["next"];
                    return data;
                }
            }

            throw new InvalidOperationException("The stream ended.");
        }

        public async Task<List<JsonNode>> RowsAsync(int count)
        {
            var rows = new List<JsonNode>();
            while (rows.Count < count)
            {
                rows.AddRange((await NextAsync())["rows"]!.AsArray().Select(row => row!));
            }

            return rows;
        }

        public void Dispose()
        {
            events.Dispose();
            response.Dispose();
        }
    }
}
