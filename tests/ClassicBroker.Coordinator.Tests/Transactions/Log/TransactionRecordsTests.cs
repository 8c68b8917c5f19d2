using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Tests.Transactions.Log;

/// <summary>Records as Kafka writes them, held against a segment it wrote.</summary>
public sealed class TransactionRecordsTests
{
    [Fact]
    public void Every_record_of_kafka_is_what_we_would_write()
    {
        var seen = new HashSet<TransactionStatus>();

        // Two of a transaction that held this very partition are markers, not ids.
        var records = CoordinatorHarness.RecordsOf(GoldenLog.Read(GoldenLog.Transactions))
            .FindAll(record => new TransactionRecordReader().ReadKey(record.Key) != "");
        foreach (var (baseSequence, key, value) in records)
        {
            Assert.Equal(-1, baseSequence);
            var state = new TransactionRecordReader().ReadValue(value!);
            seen.Add(state.Status);
            Assert.Equal(key, TransactionRecords.Key(new TransactionRecordReader().ReadKey(key)!));
            Assert.Equal(InOrder(value!), TransactionRecords.Value(state));
        }

        Assert.Equal(478, records.Count);
        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public void The_flexible_version_of_values_is_read()
    {
        var stored = VersionedMessage.Encode(
            new TransactionLogValue { ProducerId = 9, ProducerEpoch = 3, TransactionStatus = 1, TransactionPartitions = [] }, 1);
        var read = new TransactionRecordReader().ReadValue(stored);
        Assert.Equal((9L, (short)3, TransactionStatus.Ongoing), (read.ProducerId, read.ProducerEpoch, read.Status));
    }

    [Theory]
    [InlineData("0002")]
    [InlineData("ffff")]
    [InlineData("000000000000000000010000000003e806ffffffff00000000000000000000000000000000")]
    public void A_value_that_no_coordinator_writes_is_malformed(string value) =>
        Assert.Throws<MalformedDataException>(() => new TransactionRecordReader().ReadValue(Convert.FromHexString(value)));

    /// <summary>Kafka's partitions come in the order of hash codes.</summary>
    private static byte[] InOrder(byte[] value)
    {
        var message = VersionedMessage.Decode<TransactionLogValue>(value);
        if (message.TransactionPartitions is { } topics)
        {
            foreach (var topic in topics)
            {
                Array.Sort(topic.PartitionIds);
            }

            Array.Sort(topics, (left, right) => string.CompareOrdinal(left.Topic, right.Topic));
        }

        return VersionedMessage.Encode(message, 0);
    }
}
