using ClassicBroker.Primitives;

namespace ClassicBroker.Records.Tests;

public class RecordSetAnalysisTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_set_is_summed_up_and_its_partial_tail_left_out()
    {
        var first = Batches.V2(2, with: builder => builder.BaseOffset = 10);
        var second = Batches.V2(3, CompressionCodec.Lz4, 5000, with: builder => builder.BaseOffset = 12);
        var third = Batches.V2(1, with: builder => builder.BaseOffset = 15);
        RecordBatchHeader.SetPartitionLeaderEpoch(third, 4);
        byte[] records = [.. first, .. second, .. third, .. first.AsSpan(0, 40)];
        var analysis = RecordSetAnalysis.Analyze(records, Partition, AppendOrigin.Replication, messageSizeMax: 10);
        Assert.Equal(records.Length - 40, analysis.ValidBytes);
        Assert.Equal((3, 10L, 11L, 15L), (analysis.BatchCount, analysis.FirstOffset, analysis.LastOffsetOfFirstBatch, analysis.LastOffset));
        Assert.Equal((5002L, 14L), (analysis.MaxTimestamp, analysis.ShallowOffsetOfMaxTimestamp));
        Assert.Equal((4, CompressionCodec.Lz4, true), (analysis.LastLeaderEpoch, analysis.SourceCodec, analysis.AreOffsetsMonotonic));
    }

    [Fact]
    public void Offsets_that_do_not_ascend_are_noticed()
    {
        byte[] records = [.. Batches.V2(3), .. Batches.V2(3)];
        Assert.False(RecordSetAnalysis.Analyze(records, Partition, AppendOrigin.Replication, 1000).AreOffsetsMonotonic);
    }

    [Fact]
    public void Format_0_and_1_sets_only_have_last_offsets()
    {
        var analysis = RecordSetAnalysis.Analyze(Batches.Legacy(1, 3, firstOffset: 5), Partition, AppendOrigin.Replication, 1000);
        Assert.Equal((-1L, 5L, 7L), (analysis.FirstOffset, analysis.LastOffsetOfFirstBatch, analysis.LastOffset));
        Assert.Equal(5, analysis.FirstOrLastOffsetOfFirstBatch);
    }

    [Fact]
    public void A_batch_over_the_limit_is_too_large_unless_a_leader_sent_it()
    {
        var batch = Batches.V2();
        var refused = Assert.Throws<RecordsRefusedException>(
            () => RecordSetAnalysis.Analyze(batch, Partition, AppendOrigin.Client, batch.Length - 1));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
        Assert.Equal(1, RecordSetAnalysis.Analyze(batch, Partition, AppendOrigin.Client, batch.Length).BatchCount);
        Assert.Equal(1, RecordSetAnalysis.Analyze(batch, Partition, AppendOrigin.Replication, 1).BatchCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_checksum_that_does_not_match_is_corrupt_whoever_sent_it(byte magic)
    {
        foreach (var origin in Enum.GetValues<AppendOrigin>())
        {
            var batch = Batches.Of(magic, 1);
            batch[^1] ^= 1;
            Assert.Throws<CorruptRecordException>(() => RecordSetAnalysis.Analyze(batch, Partition, origin, 1000));
        }
    }

    [Fact]
    public void Clients_may_not_number_their_batches()
    {
        var batch = Batches.V2(with: builder => builder.BaseOffset = 1);
        Assert.Throws<InvalidRecordException>(() => RecordSetAnalysis.Analyze(batch, Partition, AppendOrigin.Client, 1000));
        Assert.Equal(1, RecordSetAnalysis.Analyze(batch, Partition, AppendOrigin.Coordinator, 1000).BatchCount);
    }

    [Fact]
    public void Nothing_is_nothing() => Assert.Equal(0, RecordSetAnalysis.Analyze(Array.Empty<byte>(), Partition, AppendOrigin.Client, 1000).BatchCount);
}
