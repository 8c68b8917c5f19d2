using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Messages;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Records of a topic: read, searched, followed as they come, and one payload in full. Stateless.</summary>
internal static class MessagesApi
{
    private const int LimitUsual = 50;
    private const int LimitMax = 500;
    private const int ScanMax = 20_000;
    private const int SearchSlice = 1000;
    private const int TailRowsMax = 100;
    private const int OneRecordBytes = 1024 * 1024;

    private static readonly TimeSpan SearchTimeMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TailInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TailWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan NoWait = TimeSpan.FromMilliseconds(20);

    private const string Filters = "topic partitions key value header where control";

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get(
            "/api/topic/messages",
            "Records; from is newest, oldest, offset or time, at the answer's next of before", $"{Filters} from offset time at limit",
            ConsoleJson.Default.MessagePage, ReadAsync);
        routes.GetRaw(
            "/api/topic/tail", "Server-sent events with records as they come; at goes on where another stream ended", $"{Filters} at", TailAsync);
        routes.GetRaw("/api/topic/payload", "A key, value or header of a record, as it is", "topic partition offset part header",
            SendPayloadAsync);
    }

    private static MessageFilter FilterOf(ConsoleCall call) =>
        new(call.Text("key"), call.Text("value"), call.Text("header"), call.Text("where"), call.Flag("control"));

    private static async Task<MessagePage> ReadAsync(ConsoleCall call)
    {
        var topic = await call.Cluster.TopicAsync(call.Required("topic"));
        var partitions = TopicReading.PartitionsOf(topic, call.Text("partitions"));
        var limit = (int)call.Number("limit", LimitUsual, 1, LimitMax);
        var filter = FilterOf(call);
        var starts = await BoundsAsync(call, topic, partitions, ConsoleCluster.Earliest);
        var ends = await BoundsAsync(call, topic, [.. starts.Keys], ConsoleCluster.Latest);
        starts = new(ends.ToDictionary(end => end.Key, end => starts[end.Key]));
        return call.Text("from") is null or "newest"
            ? await ReadBackwardAsync(call, topic, filter, limit, starts, call.Text("at") is { } at ? Within(at, starts, ends) : ends)
            : await ReadForwardAsync(call, topic, filter, limit, await PositionsAsync(call, topic, starts, ends), ends);
    }

    /// <summary>Where partitions begin or end; those without a leader that answers are left out.</summary>
    private static async Task<SortedDictionary<int, long>> BoundsAsync(
        ConsoleCall call, TopicDescription topic, IReadOnlyList<int> partitions, long timestamp)
    {
        var offsets = await call.Cluster.OffsetsAsync(partitions.Select(partition => new TopicPartition(topic.Name, partition)), timestamp);
        return new(offsets.ToDictionary(offset => offset.Key.Partition, offset => offset.Value));
    }

    private static SortedDictionary<int, long> Within(
        string text, SortedDictionary<int, long> starts, SortedDictionary<int, long> ends)
    {
        var positions = PartitionOffsets.Parse(text);
        return new(ends.ToDictionary(end => end.Key, end =>
            positions.TryGetValue(end.Key, out var position) ? Math.Clamp(position, starts[end.Key], end.Value) : starts[end.Key]));
    }

    private static async Task<SortedDictionary<int, long>> PositionsAsync(
        ConsoleCall call, TopicDescription topic, SortedDictionary<int, long> starts, SortedDictionary<int, long> ends)
    {
        if (call.Text("at") is { } at)
        {
            return Within(at, starts, ends);
        }

        switch (call.Text("from"))
        {
            case "oldest":
                return starts;
            case "offset":
                var offset = call.Number("offset", 0);
                return new(starts.ToDictionary(start => start.Key, start => Math.Clamp(offset, start.Value, ends[start.Key])));
            case "time":
                var time = call.Number("time", 0);
                var found = await call.Cluster.OffsetsAsync(starts.Keys.Select(partition => new TopicPartition(topic.Name, partition)),
                    time);
                return new(ends.ToDictionary(
                    end => end.Key,
                    end => found.TryGetValue(new(topic.Name, end.Key), out var first) && first >= 0
                        ? Math.Max(first, starts[end.Key])
                        : end.Value));
            case var other:
                throw ApiException.BadRequest($"from is newest, oldest, offset or time, not {other}.");
        }
    }

    private static async Task<MessagePage> ReadForwardAsync(
        ConsoleCall call, TopicDescription topic, MessageFilter filter, int limit,
        SortedDictionary<int, long> positions, SortedDictionary<int, long> ends)
    {
        // Read in slices of as many offsets as rows are wanted: what is behind them is left for the next page.
        var rows = new List<MessageView>();
        var begun = call.Services.Time.GetTimestamp();
        long scanned = 0;
        while (rows.Count < limit && scanned < ScanMax && call.Services.Time.GetElapsedTime(begun) < SearchTimeMax)
        {
            var open = positions.Count(position => position.Value < ends[position.Key]);
            if (open == 0)
            {
                break;
            }

            var slice = filter.IsOpen ? Math.Max(1, (limit - rows.Count) / open) : Math.Max(1, SearchSlice / open);
            var to = positions.ToDictionary(position => position.Key, position => Math.Min(ends[position.Key], position.Value + slice));
            var reader = new PartitionReader(filter, ScanMax);
            await new SliceReading(new TopicReading(call.Cluster, topic, reader)).ReadAsync(positions, to);
            scanned += reader.Scanned;
            rows.AddRange(reader.Take());
            call.Aborted.ThrowIfCancellationRequested();
        }

        return new(Sorted(rows, isNewestFirst: false), scanned,
            positions.Any(position => position.Value < ends[position.Key]) ? PartitionOffsets.Write(positions) : null);
    }

    private static async Task<MessagePage> ReadBackwardAsync(
        ConsoleCall call, TopicDescription topic, MessageFilter filter, int limit,
        SortedDictionary<int, long> starts, SortedDictionary<int, long> ends)
    {
        var rows = new List<MessageView>();
        var begun = call.Services.Time.GetTimestamp();
        long scanned = 0;
        while (rows.Count < limit && scanned < ScanMax && call.Services.Time.GetElapsedTime(begun) < SearchTimeMax)
        {
            var open = ends.Count(end => end.Value > starts[end.Key]);
            if (open == 0)
            {
                break;
            }

            var slice = filter.IsOpen ? Math.Max(1, (limit - rows.Count + open - 1) / open) : Math.Max(1, SearchSlice / open);
            var positions = new SortedDictionary<int, long>(
                ends.ToDictionary(end => end.Key, end => Math.Max(starts[end.Key], end.Value - slice)));
            var next = new SortedDictionary<int, long>(positions);
            var reader = new PartitionReader(filter, ScanMax);
            await new SliceReading(new TopicReading(call.Cluster, topic, reader)).ReadAsync(positions, ends);
            scanned += reader.Scanned;
            rows.AddRange(reader.Take());
            ends = next;
            call.Aborted.ThrowIfCancellationRequested();
        }

        return new(Sorted(rows, isNewestFirst: true), scanned,
            ends.Any(end => end.Value > starts[end.Key]) ? PartitionOffsets.Write(ends) : null);
    }

    /// <summary>A single partition keeps its own order; several are merged by time.</summary>
    private static MessageView[] Sorted(List<MessageView> rows, bool isNewestFirst)
    {
        var isMerged = rows.Any(row => row.Partition != rows[0].Partition);
        MessageView[] sorted =
            [.. rows.OrderBy(row => isMerged ? row.TimestampMs ?? 0 : 0).ThenBy(row => row.Partition).ThenBy(row => row.Offset)];
        if (isNewestFirst)
        {
            Array.Reverse(sorted);
        }

        return sorted;
    }

    private static async Task TailAsync(ConsoleCall call)
    {
        var topic = await call.Cluster.TopicAsync(call.Required("topic"));
        var partitions = TopicReading.PartitionsOf(topic, call.Text("partitions"));
        var reader = new PartitionReader(FilterOf(call), TailRowsMax);
        var ends = await BoundsAsync(call, topic, partitions, ConsoleCluster.Latest);
        var positions = call.Text("at") is { } at
            ? Within(at, await BoundsAsync(call, topic, partitions, ConsoleCluster.Earliest), ends)
            : ends;
        var reading = new TopicReading(call.Cluster, topic, reader);
        var events = new EventStream(call.Http);
        await events.SendAsync("rows", new TailRows([], 0, 0, PartitionOffsets.Write(positions)), ConsoleJson.Default.TailRows);
        var time = call.Services.Time;
        var (shown, scanned, passed) = (time.GetTimestamp(), 0L, 0L);
        while (!call.Aborted.IsCancellationRequested)
        {
            if (!await reading.RoundAsync(positions, null, TailWait))
            {
                await Task.Delay(NoWait, time, call.Aborted);
            }

            if (time.GetElapsedTime(shown) >= TailInterval)
            {
                var rows = new TailRows(reader.Take(), reader.Scanned - scanned, reader.Passed - passed, PartitionOffsets.Write(positions));
                (shown, scanned, passed) = (time.GetTimestamp(), reader.Scanned, reader.Passed);
                await events.SendAsync("rows", rows, ConsoleJson.Default.TailRows);
                RequireSession(call);
            }
        }
    }

    /// <summary>A stream ends with the session that it was opened in.</summary>
    private static void RequireSession(ConsoleCall call)
    {
        if (call.Services.Sessions.Find(call.Session!.Id) is null)
        {
            call.Http.Abort();
        }
    }

    private static async Task SendPayloadAsync(ConsoleCall call)
    {
        var (partition, offset) = (call.Partition(), call.Number("offset", 0));
        var topic = await call.Cluster.TopicAsync(partition.Topic);
        if (topic.Partitions.FirstOrDefault(each => each.Partition == partition.Partition) is not { Leader: >= 0 and var leader })
        {
            throw ApiException.NotFound($"{partition} is not there, or has no leader.");
        }

        var read = (await call.Cluster.Admin.ReadReplicasAsync(
            leader, new Dictionary<TopicPartition, long> { [partition] = offset }, OneRecordBytes, NoWait))[partition];
        if (read.Failure is { Code: var code })
        {
            throw new KafkaException(code, $"{partition} cannot be read at offset {offset}: {code.WireName()}");
        }

        var part = call.Text("part") is "key" or "header" ? call.Text("part")! : "value";
        var payload = Find(read.Batches.Span, offset, part, (int)call.Number("header", 0, 0, int.MaxValue))
            ?? throw ApiException.NotFound($"There is no {part} at offset {offset} of {partition}: it may have been deleted or compacted.");
        var response = call.Http.Response;
        // As a file, of no type that a browser would show: it is what some producer wrote.
        response.ContentType = "application/octet-stream";
        response.Headers.ContentDisposition = $"attachment; filename=\"{partition.Partition}-{offset}-{part}\"";
        response.ContentLength = payload.Length;
        await response.Body.WriteAsync(payload, call.Aborted);
    }

    private static byte[]? Find(ReadOnlySpan<byte> batches, long offset, string part, int header)
    {
        foreach (var batch in new BatchIterator(batches))
        {
            if (batch.NextOffset <= offset || batch.BaseOffset > offset && batch.Magic == RecordFormat.MagicV2)
            {
                continue;
            }

            using var reader = RecordReader.Open(batches.Slice((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                if (reader.Offset == offset)
                {
                    return part switch
                    {
                        "key" => reader.Current.Key.ToArray(),
                        "header" => reader.Current.Headers.ToArray().ElementAtOrDefault(header).Value?.ToArray(),
                        _ => reader.Current.Value.ToArray(),
                    };
                }
            }
        }

        return null;
    }

    /// <summary>Records that were found.</summary>
    /// <param name="Rows">The records.</param>
    /// <param name="Scanned">How many were looked at.</param>
    /// <param name="Next">Where to go on; null where there is no more.</param>
    internal sealed record MessagePage(IReadOnlyList<MessageView> Rows, long Scanned, string? Next);

    /// <summary>What has come since the last event.</summary>
    /// <param name="Rows">Records, of which there are no more than a person can read.</param>
    /// <param name="Scanned">How many have come.</param>
    /// <param name="NotShown">How many of them passed the filter and are not among the rows.</param>
    /// <param name="Next">Where a new stream goes on.</param>
    internal sealed record TailRows(IReadOnlyList<MessageView> Rows, long Scanned, long NotShown, string Next);
}
