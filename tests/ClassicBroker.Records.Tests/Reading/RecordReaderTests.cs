namespace ClassicBroker.Records.Tests;

public class RecordReaderTests
{
    /// <summary>One record: no key, value "v", no headers.</summary>
    private static readonly byte[] Plain = [14, 0, 0, 0, 1, 2, (byte)'v', 0];

    public static TheoryData<string, byte[], int> Malformed => new()
    {
        { "fewer records than declared", Plain, 2 },
        { "more records than declared", [.. Plain, .. Plain], 1 },
        { "bytes behind the last record", [.. Plain, 0], 1 },
        { "negative record length", [1, 0, 0, 0, 1, 2, (byte)'v', 0], 1 },
        { "record length beyond the batch", [126, 0, 0, 0, 1, 2, (byte)'v', 0], 1 },
        { "record length of six bytes", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0, 0], 1 },
        { "record length too small", [10, 0, 0, 0, 1, 1], 1 },
        { "record shorter than its length", [16, 0, 0, 0, 1, 2, (byte)'v', 0, 0], 1 },
        { "key length -2", [14, 0, 0, 0, 3, 2, (byte)'v', 0], 1 },
        { "key length beyond the record", [14, 0, 0, 0, 80, 2, (byte)'v', 0], 1 },
        { "value length -2", [14, 0, 0, 0, 1, 3, (byte)'v', 0], 1 },
        { "value length beyond the record", [14, 0, 0, 0, 1, 40, (byte)'v', 0], 1 },
        { "header count -1", [14, 0, 0, 0, 1, 2, (byte)'v', 1], 1 },
        { "header count 2^31-1", [22, 0, 0, 0, 1, 2, (byte)'v', 0xFE, 0xFF, 0xFF, 0xFF, 0x0F], 1 },
        { "header count beyond the record", [18, 0, 0, 0, 1, 2, (byte)'v', 4, 0, 1], 1 },
        { "null header key", [18, 0, 0, 0, 1, 2, (byte)'v', 2, 1, 1], 1 },
        { "header value length -2", [18, 0, 0, 0, 1, 2, (byte)'v', 2, 0, 3], 1 },
        { "timestamp delta of eleven bytes", [38, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 1, 2, (byte)'v', 0, 0, 0], 1 },
        { "nothing at all", [], 1 },
    };

    [Fact]
    public void The_record_the_cases_start_from_is_itself_good() =>
        Assert.Equal(["0@1000 null=v"], Batches.Read(Batches.Handmade(Plain, 1)));

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_records_are_invalid_plain_or_compressed(string cause, byte[] records, int count)
    {
        Assert.NotEmpty(cause);
        Assert.Throws<InvalidRecordException>(() => Batches.Read(Batches.Handmade(records, count)));
        if (records.Length > 0)
        {
            var packed = CodecsTests.Compress(CompressionCodec.Lz4, records);
            Assert.Throws<InvalidRecordException>(() => Batches.Read(Batches.Handmade(packed, count, CompressionCodec.Lz4)));
        }
    }

    [Fact]
    public void A_negative_count_is_invalid()
    {
        var batch = Batches.Edit(Batches.V2(), bytes => Batches.WriteInt32(bytes, RecordBatchHeader.RecordCountOffset, -1));
        Assert.Throws<InvalidRecordException>(() => Batches.Read(batch));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Records_larger_than_the_window_are_read_whole(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        var sizes = new[] { 10, 700_000, 0, 65_536, 100_000, 3 };
        foreach (var size in sizes)
        {
            builder.Append(1, default, Samples.Noise(size));
        }

        var index = 0;
        foreach (var record in RecordReader.Open(builder.Build().Span))
        {
            Assert.Equal(Samples.Noise(sizes[index++]), record.Value.Span);
        }

        Assert.Equal(sizes.Length, index);
    }

    [Fact]
    public void A_lying_record_length_in_a_compressed_batch_reserves_nothing()
    {
        byte[] records = [0xFE, 0xFF, 0xFF, 0xFF, 0x0F, .. new byte[1000]];
        var batch = Batches.Handmade(CodecsTests.Compress(CompressionCodec.Zstd, records), 1, CompressionCodec.Zstd);
        var allocated = Allocation.Of(() => Assert.Throws<InvalidRecordException>(() => Batches.Read(batch)));
        Assert.InRange(allocated, 0, 16 * 1024);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Decompression_stops_at_its_limit(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        builder.Append(1, default, new byte[1_000_000]);
        var batch = builder.Build().ToArray();
        Assert.Throws<DecompressionLimitException>(() => ReadAll(batch, 500_000));
        Assert.Equal(1, ReadAll(batch, 1_100_000));
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Reading_allocates_nothing_per_record(CompressionCodec codec)
    {
        var few = Batches.V2(10, codec);
        var many = Batches.V2(5000, codec);
        Assert.Equal(Allocation.Of(() => ReadAll(few)), Allocation.Of(() => ReadAll(many)));
    }

    [Fact]
    public void Mutated_batches_give_records_or_a_records_exception_and_nothing_else()
    {
        var random = new Random(11);
        foreach (var name in Golden.Formats)
        {
            var log = Golden.Read(name);
            for (var round = 0; round < 400; round++)
            {
                var mutated = log.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                }

                var failure = Xunit.Record.Exception(() => WalkAll(mutated));
                Assert.True(failure is null or RecordsException, $"{name}, round {round}: {failure}");
            }
        }
    }

    private static int ReadAll(byte[] batch, int limit = RecordFormat.DefaultDecompressedBytesMax)
    {
        var count = 0;
        using var reader = RecordReader.Open(batch, limit);
        while (reader.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static void WalkAll(byte[] records)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            foreach (var record in RecordReader.Open(batches.CurrentBytes, 1 << 20))
            {
                record.Headers.ToArray();
            }
        }
    }
}
