using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Reads replicas where they lie, followers too (KIP-392). Safe from any thread.</summary>
internal sealed class ReplicaReader(AdminCalls calls)
{
    private const int Consumer = -1;
    private const int NoSession = -1;

    /// <summary>The last version in which topics go by their names.</summary>
    private const short LastVersionWithNames = 12;

    public Task<IReadOnlyDictionary<TopicPartition, ReplicaRecords>> ReadAsync(
        int broker, IReadOnlyDictionary<TopicPartition, long> offsets, int maxBytes, TimeSpan maxWait) =>
        calls.RunAsync<IReadOnlyDictionary<TopicPartition, ReplicaRecords>>("fetch", async () =>
        {
            var request = new FetchRequest
            {
                ReplicaId = Consumer,
                MaxWaitMs = (int)maxWait.TotalMilliseconds,
                MinBytes = 1,
                MaxBytes = int.MaxValue,
                SessionEpoch = NoSession,
                Topics = [.. offsets.GroupBy(offset => offset.Key.Topic).Select(topic => Topic(topic, maxBytes))],
            };
            if (calls.Cluster.Metadata.Node(broker) is null)
            {
                await calls.Cluster.RefreshAsync();
            }

            // The records lie in memory that goes back with the answer.
            using var answer = await calls.Cluster.Broker(broker).SendAsync<FetchRequest, FetchResponse>(
                request, TimeSpan.FromMilliseconds(calls.RequestTimeoutMs), LastVersionWithNames);
            var response = answer.Message;
            if (response.ErrorCode != ErrorCode.None)
            {
                throw Refusal(response.ErrorCode);
            }

            return response.Responses
                .SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, Read: partition)))
                .ToDictionary(
                    entry => new TopicPartition(entry.Topic, entry.Read.PartitionIndex),
                    entry => new ReplicaRecords(
                        entry.Read.HighWatermark,
                        entry.Read.Records.IsNull ? default : entry.Read.Records.Memory.ToArray(),
                        entry.Read.ErrorCode == ErrorCode.None ? null : Refusal(entry.Read.ErrorCode)));

            KafkaException Refusal(ErrorCode error) =>
                new(error, brokerId: broker, api: "Fetch") { BrokerAddress = calls.Cluster.AddressOf(broker) };
        });

    private static FetchRequest.FetchTopic Topic(IGrouping<string, KeyValuePair<TopicPartition, long>> topic, int maxBytes) =>
        new()
        {
            Topic = topic.Key,
            Partitions =
            [
                .. topic.Select(offset => new FetchRequest.FetchPartition
                {
                    Partition = offset.Key.Partition,
                    FetchOffset = offset.Value,
                    PartitionMaxBytes = maxBytes,
                }),
            ],
        };
}
