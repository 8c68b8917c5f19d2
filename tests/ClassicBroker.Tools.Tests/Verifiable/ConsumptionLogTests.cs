using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Verifiable;

namespace ClassicBroker.Tools.Tests.Verifiable;

/// <summary>The lines are those of Kafka 3.9.2's kafka-verifiable-consumer, recorded.</summary>
public sealed class ConsumptionLogTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public async Task A_life_is_told_as_Kafka_tells_it()
    {
        var log = new ConsumptionLog(new VerifiableEvents(_output, TimeProvider.System), isVerbose: true, messagesMax: 3);
        TopicPartition[] partitions = [new("first", 0), new("first", 1)];
        log.Started();
        await log.OnPartitionsAssignedAsync(partitions);
        var offsets = log.Consumed([Record(0), Record(1), Record(2), Record(3)]);
        log.Committed(offsets, failure: null);
        await log.OnPartitionsRevokedAsync(partitions);
        log.Ended();

        Assert.True(log.IsFinished);
        Assert.Equal(
            """
            {"timestamp":T,"name":"startup_complete"}
            {"timestamp":T,"name":"partitions_assigned","partitions":[{"topic":"first","partition":0},{"topic":"first","partition":1}]}
            {"timestamp":T,"name":"record_data","key":null,"value":"0","topic":"first","partition":0,"offset":0}
            {"timestamp":T,"name":"record_data","key":null,"value":"1","topic":"first","partition":0,"offset":1}
            {"timestamp":T,"name":"record_data","key":null,"value":"2","topic":"first","partition":0,"offset":2}
            {"timestamp":T,"name":"records_consumed","count":4,"partitions":[{"topic":"first","partition":0,"count":3,"minOffset":0,"maxOffset":2}]}
            {"timestamp":T,"name":"offsets_committed","offsets":[{"topic":"first","partition":0,"offset":3}],"success":true}
            {"timestamp":T,"name":"partitions_revoked","partitions":[{"topic":"first","partition":0},{"topic":"first","partition":1}]}
            {"timestamp":T,"name":"shutdown_complete"}

            """,
            Regex.Replace(_output.ToString(), "\"timestamp\":[0-9]+", "\"timestamp\":T"));
    }

    [Fact]
    public void A_commit_that_failed_says_why()
    {
        var log = new ConsumptionLog(new VerifiableEvents(_output, TimeProvider.System), isVerbose: false, messagesMax: -1);
        log.Committed(
            new Dictionary<TopicPartition, OffsetAndMetadata> { [new("t", 0)] = new(1) },
            new KafkaException(ErrorCode.RebalanceInProgress, "The group is rebalancing"));

        Assert.EndsWith("\"offsets\":[{\"topic\":\"t\",\"partition\":0,\"offset\":1}],\"error\":\"The group is rebalancing\",\"success\":false}\n", _output.ToString());
        Assert.False(log.IsFinished);
    }

    private static ConsumerRecord<string?, string?> Record(long offset) =>
        new()
        {
            Topic = "first",
            Partition = 0,
            Offset = offset,
            TimestampMs = 0,
            TimestampType = default,
            Key = null,
            Value = $"{offset}",
        };
}
