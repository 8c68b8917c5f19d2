using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Tools.Replicas;

namespace ClassicBroker.Tools.Tests.Replicas;

public sealed class ReplicaComparisonTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly ReplicaComparison _comparison;

    public ReplicaComparisonTests()
    {
        _comparison = new(_output, TimeProvider.System);
        _comparison.Begin(Partition, 0);
    }

    [Fact]
    public void Replicas_with_the_same_batches_are_read_on_without_a_word()
    {
        _comparison.Compare(Partition, Replicas(2, Batch(0, "a"), Batch(1, "b")));

        Assert.Equal("", _output.ToString());
        Assert.Equal(2, _comparison.Offsets[Partition]);
    }

    [Fact]
    public void The_slowest_replica_decides_where_reading_goes_on_and_its_lag_is_told()
    {
        _comparison.Compare(
            Partition,
            new Dictionary<int, ReplicaRecords?>
            {
                [0] = new(2, (byte[])[.. Batch(0, "a"), .. Batch(1, "b")], null),
                [1] = new(1, Batch(0, "a"), null),
            });
        _comparison.ReportLag();

        Assert.Equal(1, _comparison.Offsets[Partition]);
        Assert.EndsWith(": max lag is 1 for partition t-0 at offset 1 among 1 partitions\n", _output.ToString());
    }

    [Fact]
    public void Another_content_at_the_same_offset_is_told()
    {
        _comparison.Compare(
            Partition,
            new Dictionary<int, ReplicaRecords?>
            {
                [0] = new(1, Batch(0, "a"), null),
                [1] = new(1, Batch(0, "x"), null),
            });

        Assert.Contains("partition t-0 has unmatched checksum at offset 0; replica 0's checksum ", _output.ToString());
    }

    [Fact]
    public void Batches_that_end_at_other_offsets_are_the_end_of_the_comparison()
    {
        var goesOn = _comparison.Compare(
            Partition,
            new Dictionary<int, ReplicaRecords?>
            {
                [0] = new(3, Batch(0, "a"), null),
                [1] = new(3, Batch(1, "a"), null),
            });

        Assert.False(goesOn);
        Assert.EndsWith(": partition t-0: replica 0's offset 0 doesn't match replica 1's offset 1\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_replica_that_cannot_be_read_holds_the_others_back(bool isAnswered)
    {
        var unread = isAnswered ? new ReplicaRecords(-1, default, new KafkaException(ErrorCode.KafkaStorageError)) : null;
        _comparison.Compare(Partition, new Dictionary<int, ReplicaRecords?> { [0] = new(1, Batch(0, "a"), null), [1] = unread });
        _comparison.ReportLag();

        Assert.Equal(0, _comparison.Offsets[Partition]);
        Assert.EndsWith(": max lag is 1 for partition t-0 at offset 0 among 1 partitions\n", _output.ToString(), StringComparison.Ordinal);

        _comparison.BeginRound();
        _comparison.Compare(Partition, new Dictionary<int, ReplicaRecords?> { [0] = unread, [1] = unread });
        _comparison.ReportLag();
        Assert.EndsWith(": max lag is -1 for partition null at offset -1 among 1 partitions\n", _output.ToString(), StringComparison.Ordinal);
    }

    private static Dictionary<int, ReplicaRecords?> Replicas(long highWatermark, params byte[][] batches) =>
        new()
        {
            [0] = new(highWatermark, batches.SelectMany(batch => batch).ToArray(), null),
            [1] = new(highWatermark, batches.SelectMany(batch => batch).ToArray(), null),
        };

    private static byte[] Batch(long offset, string value)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = offset };
        builder.Append(1_000, null, System.Text.Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }
}
