namespace ClassicBroker.Records.Tests;

public class RecordBatchHeaderTests
{
    [Fact]
    public void Every_field_of_a_batch_Kafka_wrote_reads_as_kafka_dump_log_shows_it()
    {
        var header = new RecordBatchHeader(Golden.Read("fmt-2.2-none"));
        Assert.Equal(0, header.BaseOffset);
        Assert.Equal(39, header.LastOffset);
        Assert.Equal(39, header.LastOffsetDelta);
        Assert.Equal(40, header.RecordCount);
        Assert.Equal(0xa17, header.BatchLength);
        Assert.Equal(0, header.PartitionLeaderEpoch);
        Assert.Equal(2, header.Magic);
        Assert.Equal(CompressionCodec.None, header.Codec);
        Assert.Equal(TimestampType.CreateTime, header.TimestampType);
        Assert.Equal(-1, header.ProducerId);
        Assert.Equal(-1, header.ProducerEpoch);
        Assert.Equal(-1, header.BaseSequence);
        Assert.Equal(-1, header.LastSequence);
        Assert.False(header.IsTransactional || header.IsControl || header.HasDeleteHorizon);
        Assert.True(header.IsCrcValid);
    }

    [Fact]
    public void Stamping_offset_and_epoch_leaves_the_checksum_valid()
    {
        var batch = Batches.V2(count: 5);
        var crc = new RecordBatchHeader(batch).Crc;
        RecordBatchHeader.SetLastOffset(batch, 104);
        RecordBatchHeader.SetPartitionLeaderEpoch(batch, 7);
        var header = new RecordBatchHeader(batch);
        Assert.Equal(100, header.BaseOffset);
        Assert.Equal(7, header.PartitionLeaderEpoch);
        Assert.Equal(crc, header.Crc);
        Assert.True(header.IsCrcValid);
    }

    [Fact]
    public void Stamping_log_append_time_changes_type_maximum_and_checksum()
    {
        var batch = Batches.V2();
        RecordBatchHeader.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 5000);
        Assert.True(new RecordBatchHeader(batch).IsCrcValid);
        Assert.Equal(["0@5000 k0=v0", "1@5000 k1=v1", "2@5000 k2=v2"], Batches.Read(batch));
        RecordBatchHeader.SetMaxTimestamp(batch, TimestampType.CreateTime, 1002);
        Assert.Equal(Batches.V2(), batch);
    }

    [Fact]
    public void Any_flipped_bit_behind_the_checksum_is_found()
    {
        var batch = Batches.V2();
        for (var bit = 8 * RecordBatchHeader.CrcOffset; bit < 8 * batch.Length; bit++)
        {
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(new RecordBatchHeader(batch).IsCrcValid);
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(new RecordBatchHeader(batch).IsCrcValid);
    }

    [Theory]
    [InlineData(int.MaxValue, 0, int.MaxValue)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 1, 4, 2)]
    [InlineData(10, 5, 15)]
    public void Sequences_go_from_the_largest_integer_to_zero(int sequence, int increment, int expected)
    {
        Assert.Equal(expected, ProducerSequence.Add(sequence, increment));
        Assert.Equal(sequence, ProducerSequence.Subtract(expected, increment));
    }

    [Fact]
    public void A_producer_set_afterwards_is_covered_by_the_checksum()
    {
        var batch = Batches.V2(count: 3);
        RecordBatchHeader.SetProducer(batch, 77, 3, int.MaxValue - 1);
        var header = new RecordBatchHeader(batch);
        Assert.Equal((77L, (short)3), (header.ProducerId, header.ProducerEpoch));
        Assert.Equal((int.MaxValue - 1, 0), (header.BaseSequence, header.LastSequence));
        Assert.True(header.IsCrcValid);
    }

    [Fact]
    public void A_span_shorter_than_a_header_is_corrupt() =>
        Assert.Throws<CorruptRecordException>(() => new RecordBatchHeader(new byte[60]));
}
