using System.Text;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Records written by hand. Stateless.</summary>
internal static class ProduceApi
{
    private const int RepeatMax = 1000;

    public static void AddTo(ConsoleRoutes routes) => routes.Post(
        "/api/topic/messages", ConsoleRole.Operator, "Writes a record, once or several times", ConsoleJson.Default.ProduceOrder,
        ConsoleJson.Default.Produced, ProduceAsync, isLarge: true);

    private static async Task<Produced> ProduceAsync(ConsoleCall call, ProduceOrder order)
    {
        if (order.Topic is not { Length: > 0 } name)
        {
            throw ApiException.BadRequest("The record needs a topic.");
        }

        if (order.Repeat is < 1 or > RepeatMax)
        {
            throw ApiException.BadRequest($"A record can be written from 1 to {RepeatMax} times.");
        }

        // Asked first: producing to a topic that is not there might create it.
        var topic = await call.Cluster.TopicAsync(name);
        if (order.Partition is { } partition && topic.Partitions.All(each => each.Partition != partition))
        {
            throw ApiException.BadRequest($"{name} has no partition {partition}.");
        }

        var producer = call.Cluster.Producer(Codec(order.Compression));
        var record = new ProducerRecord<byte[]?, byte[]?>(
            name, Bytes(order.Key, order.KeyIsBase64), Bytes(order.Value, order.ValueIsBase64))
        {
            Partition = order.Partition,
            Headers = order.Headers is { Count: > 0 }
                ? [.. order.Headers.Select(header => new RecordHeader(header.Name, Bytes(header.Value, header.IsBase64)))]
                : null,
        };
        var written = new List<RecordMetadata>();
        foreach (var _ in Enumerable.Range(0, order.Repeat ?? 1))
        {
            written.Add(await producer.ProduceAsync(record, call.Aborted));
        }

        call.Audit("produce", $"{name}: {written.Count} to {written[0]}");
        return new(written.Count, written[^1].Partition, written[^1].Offset, written[^1].TimestampMs);
    }

    private static CompressionCodec Codec(string? name) => name switch
    {
        null or "" or "none" => CompressionCodec.None,
        "gzip" => CompressionCodec.Gzip,
        "snappy" => CompressionCodec.Snappy,
        "lz4" => CompressionCodec.Lz4,
        "zstd" => CompressionCodec.Zstd,
        _ => throw ApiException.BadRequest("compression is none, gzip, snappy, lz4 or zstd."),
    };

    private static byte[]? Bytes(string? text, bool isBase64)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return isBase64 ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text);
        }
        catch (FormatException)
        {
            throw ApiException.BadRequest("A key, value or header that is marked as base64 is not.");
        }
    }

    /// <summary>A record to write. A null value is a tombstone.</summary>
    internal sealed record ProduceOrder
    {
        public string? Topic { get; init; }

        public int? Partition { get; init; }

        public string? Key { get; init; }

        public bool KeyIsBase64 { get; init; }

        public string? Value { get; init; }

        public bool ValueIsBase64 { get; init; }

        public IReadOnlyList<ProducedHeader>? Headers { get; init; }

        public string? Compression { get; init; }

        public int? Repeat { get; init; }
    }

    /// <summary>A header to write.</summary>
    internal sealed record ProducedHeader(string Name, string? Value, bool IsBase64);

    /// <summary>What was written, and where the last record went.</summary>
    internal sealed record Produced(int Count, int Partition, long Offset, long TimestampMs);
}
