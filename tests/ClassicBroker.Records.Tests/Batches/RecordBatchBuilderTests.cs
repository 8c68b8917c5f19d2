namespace ClassicBroker.Records.Tests;

public class RecordBatchBuilderTests
{
    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Keys_values_headers_and_nulls_come_back(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec)) { BaseOffset = 50, LastOffset = 99 };
        builder.Append(-1, default, default);
        builder.Append(10, Array.Empty<byte>(), Array.Empty<byte>());
        builder.Append(
            5, Batches.Bytes("k"), Batches.Bytes("v"), [new("ä", Batches.Bytes("1")), new("", null), new("ä", Array.Empty<byte>())]);
        builder.AppendAt(90, 7, Batches.Bytes("k"), NullableBytes.Null);
        var batch = builder.Build().ToArray();
        Assert.Equal(["50@-1 null=null", "51@10 =", "52@5 k=v ä:1 :null ä:", "90@7 k=null"], Batches.Read(batch));
        var header = new RecordBatchHeader(batch);
        Assert.Equal((50L, 99L, 10L, 4), (header.BaseOffset, header.LastOffset, header.MaxTimestamp, header.RecordCount));
        Assert.Equal(codec, header.Codec);
    }

    [Theory]
    [InlineData("fmt-2.2-none")]
    [InlineData("fmt-2.2-gzip")]
    [InlineData("fmt-2.2-snappy")]
    [InlineData("fmt-2.2-lz4")]
    [InlineData("fmt-2.2-zstd")]
    public void What_Kafka_wrote_is_built_again(string name)
    {
        var log = Golden.Read(name);
        foreach (var batch in new BatchIterator(log))
        {
            var original = log.AsSpan((int)batch.Position, batch.SizeInBytes);
            using var builder = new RecordBatchBuilder(Compression.Of(batch.Codec))
            {
                BaseOffset = batch.BaseOffset,
                PartitionLeaderEpoch = batch.PartitionLeaderEpoch,
            };
            foreach (var record in RecordReader.Open(original))
            {
                builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value, record.Headers);
            }

            var rebuilt = builder.Build().Span;
            Assert.Equal(Batches.Read(original), Batches.Read(rebuilt));
            if (batch.Codec == CompressionCodec.None)
            {
                Assert.Equal(original, rebuilt);
            }
        }
    }

    [Fact]
    public void A_reset_builder_knows_nothing_of_the_batch_before()
    {
        using var builder = new RecordBatchBuilder();
        builder.ProducerId = 5;
        builder.IsTransactional = true;
        builder.Append(99, Batches.Bytes("old"), default);
        builder.Build();
        builder.Reset();
        builder.Append(1000, Batches.Bytes("k0"), Batches.Bytes("v0"));
        Assert.Equal(Batches.V2(count: 1), builder.Build().ToArray());
    }

    [Fact]
    public void Timestamps_count_from_the_delete_horizon_and_stay_what_they_were()
    {
        var batch = Batches.V2(count: 2, firstTimestamp: 500, with: builder => builder.DeleteHorizonMs = 90_000);
        var header = new RecordBatchHeader(batch);
        Assert.True(header.HasDeleteHorizon);
        Assert.Equal(90_000, header.DeleteHorizonMs);
        Assert.Equal(["0@500 k0=v0", "1@501 k1=v1"], Batches.Read(batch));
    }

    [Fact]
    public void An_empty_batch_keeps_its_offset_range_and_is_never_compressed()
    {
        using var builder = new RecordBatchBuilder(Compression.Of(CompressionCodec.Gzip)) { BaseOffset = 10, LastOffset = 19 };
        var batch = builder.Build().ToArray();
        var header = new RecordBatchHeader(batch);
        Assert.Equal(RecordBatchHeader.Size, batch.Length);
        Assert.Equal((10L, 19L, 0), (header.BaseOffset, header.LastOffset, header.RecordCount));
        Assert.Equal((CompressionCodec.None, -1L), (header.Codec, header.BaseTimestamp));
        Assert.Empty(Batches.Read(batch));
    }

    [Fact]
    public void A_marker_batch_has_78_bytes_and_reads_back()
    {
        var marker = new EndTransactionMarker(ControlRecordType.Commit, CoordinatorEpoch: 12);
        var batch = marker.ToBatch(timestamp: 1000, producerId: 7, producerEpoch: 2);
        Assert.Equal(EndTransactionMarker.BatchSize, batch.Length);
        var header = new RecordBatchHeader(batch);
        Assert.Equal(0x30, header.Attributes);
        Assert.Equal(-1, header.BaseSequence);
        using var reader = RecordReader.Open(batch);
        Assert.True(reader.MoveNext());
        Assert.Equal(marker, EndTransactionMarker.Read(reader.Current));
    }

    [Fact]
    public void Control_records_of_later_versions_are_unknown_and_malformed_ones_refused()
    {
        Assert.Equal(ControlRecordType.Unknown, ControlRecord.ParseType(new byte[] { 0, 1, 0, 9, 1, 2 }));
        Assert.Throws<InvalidRecordException>(() => ControlRecord.ParseType(new byte[] { 0, 0, 0 }));
        Assert.Throws<InvalidRecordException>(() => ControlRecord.ParseType(NullableBytes.Null));
        Assert.Throws<InvalidRecordException>(() => ControlRecord.ParseType(new byte[] { 255, 255, 0, 1 }));
    }

    [Fact]
    public void Appending_allocates_nothing_per_record()
    {
        using var builder = new RecordBatchBuilder(initialCapacity: 1 << 20);
        var key = Batches.Bytes("key");
        var value = new byte[100];
        RecordHeader[] headers = [new("trace", Batches.Bytes("abc"))];
        Assert.Equal(0, Allocation.Of(BuildOne));

        void BuildOne()
        {
            builder.Reset();
            for (var i = 0; i < 1000; i++)
            {
                builder.Append(i, key, value, headers);
            }

            builder.Build();
        }
    }

    [Fact]
    public void No_record_is_larger_than_announced()
    {
        using var builder = new RecordBatchBuilder();
        RecordHeader[] headers = [new("h", Batches.Bytes("x")), new("null", null)];
        builder.Append(0, default, default);
        var before = builder.PlainSizeInBytes;
        builder.Append(long.MaxValue, new byte[200], new byte[100_000], headers);
        Assert.InRange(builder.PlainSizeInBytes - before, 100_200, RecordBatchBuilder.RecordSizeMax(200, 100_000, headers));
    }
}
