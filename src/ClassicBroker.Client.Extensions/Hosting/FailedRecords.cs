using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Hosting;

/// <summary>
/// Sends records that failed, byte for byte, to where they wait for another try or for a person. Owned by the service. Threading: any.
/// </summary>
internal sealed class FailedRecords(ServicePlan plan, ClientNetwork? network, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly KafkaProducer<byte[]?, byte[]?> _producer = new(plan.Producer, Serdes.ByteArray, Serdes.ByteArray, network, loggers);

    /// <summary>Creates the topics that are missing, with as many partitions as the topic whose records go there.</summary>
    /// <exception cref="KafkaException">One cannot be created.</exception>
    public async Task CreateTopicsAsync()
    {
        await using var admin = new AdminClient(
            new AdminConfig
            {
                BootstrapServers = plan.Producer.BootstrapServers,
                ClientId = plan.Producer.ClientId,
                SecurityProtocol = plan.Producer.SecurityProtocol,
                Tls = plan.Producer.Tls,
                Sasl = plan.Producer.Sasl,
            },
            network,
            loggers);
        var present = (await admin.ListTopicsAsync()).Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        var missing = plan.FailureTopics().Where(pair => !present.Contains(pair.Topic)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var partitions = (await admin.DescribeTopicsAsync([.. plan.Topics.Where(present.Contains)]))
            .ToDictionary(topic => topic.Name, topic => topic.ThrowIfFailed().Partitions.Count);
        var created = await admin.CreateTopicsAsync(
        [
            .. missing.Select(pair => new NewTopic(pair.Topic)
            {
                Partitions = partitions.TryGetValue(pair.Origin, out var count) ? count : null,
            }),
        ]);
        foreach (var topic in created.Where(topic => topic.Failure?.Code is not ErrorCode.TopicAlreadyExists))
        {
            topic.ThrowIfFailed();
        }
    }

    /// <summary>Ends when the record is written where it goes.</summary>
    /// <exception cref="KafkaException">It could not be written.</exception>
    /// <param name="record">The record.</param>
    /// <param name="level">Where it failed: -1 in its first topic, else a retry.</param>
    /// <param name="attempts">How often it was handled there; 0 where it cannot be read, which no retry would change.</param>
    /// <param name="failure">Why it failed.</param>
    public async Task<string> SendAsync(ConsumerRecord<byte[]?, byte[]?> record, int level, int attempts, Exception failure)
    {
        var origin = plan.OriginalTopic(record.Topic, level);
        var topic = plan.NextTopic(origin, attempts == 0 ? plan.Levels : level);
        List<RecordHeader> headers = [.. record.Headers];
        SetWhereMissing(headers, RetryHeaders.OriginalTopic, origin);
        SetWhereMissing(headers, RetryHeaders.OriginalPartition, Text(record.Partition));
        SetWhereMissing(headers, RetryHeaders.OriginalOffset, Text(record.Offset));
        SetWhereMissing(headers, RetryHeaders.OriginalTimestamp, Text(record.TimestampMs));
        var before = headers.FindLast(header => header.Key == RetryHeaders.Attempts).Value is { } bytes
            && int.TryParse(bytes.Span, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        Set(headers, RetryHeaders.Attempts, Text(before + attempts));
        Set(headers, RetryHeaders.ExceptionType, failure.GetType().FullName!);
        Set(headers, RetryHeaders.ExceptionMessage, failure.Message);
        await _producer.ProduceAsync(new ProducerRecord<byte[]?, byte[]?>(topic, record.Key, record.Value) { Headers = headers });
        return topic;
    }

    public ValueTask DisposeAsync() => _producer.DisposeAsync();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void SetWhereMissing(List<RecordHeader> headers, string key, string value)
    {
        if (!headers.Exists(header => header.Key == key))
        {
            headers.Add(new(key, Encoding.UTF8.GetBytes(value)));
        }
    }

    private static void Set(List<RecordHeader> headers, string key, string value)
    {
        headers.RemoveAll(header => header.Key == key);
        headers.Add(new(key, Encoding.UTF8.GetBytes(value)));
    }
}
