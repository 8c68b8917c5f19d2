namespace ClassicBroker.Records.Tests;

public class CodecsTests
{
    public static TheoryData<CompressionCodec, int> CodecsAndSizes
    {
        get
        {
            var data = new TheoryData<CompressionCodec, int>();
            foreach (var codec in Enum.GetValues<CompressionCodec>().Where(codec => codec != CompressionCodec.None))
            {
                foreach (var size in new[] { 1, 100, 32 * 1024, (32 * 1024) + 1, 64 * 1024, 200_001 })
                {
                    data.Add(codec, size);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CodecsAndSizes))]
    public void What_was_compressed_comes_back(CompressionCodec codec, int size)
    {
        foreach (var plain in new[] { Samples.Text(size), Samples.Noise(size) })
        {
            Assert.Equal(plain, Decompress(codec, Compress(codec, plain)));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip, 1)]
    [InlineData(CompressionCodec.Gzip, 9)]
    [InlineData(CompressionCodec.Lz4, 1)]
    [InlineData(CompressionCodec.Lz4, 17)]
    [InlineData(CompressionCodec.Zstd, -7)]
    [InlineData(CompressionCodec.Zstd, 22)]
    public void Every_level_round_trips(CompressionCodec codec, int level)
    {
        var plain = Samples.Text(100_000);
        using var packed = new PooledBuffer();
        Codecs.Compress(Compression.Of(codec, level), RecordFormat.MagicV2, plain, packed);
        Assert.Equal(plain, Decompress(codec, packed.Span));
        Assert.True(packed.Length < plain.Length / 2);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_stream_cut_anywhere_is_corrupt_or_short_but_never_whole(CompressionCodec codec)
    {
        var plain = Samples.Text(70_000);
        var packed = Compress(codec, plain);
        for (var length = 0; length < packed.Length; length += Math.Max(1, packed.Length / 97))
        {
            var failure = Xunit.Record.Exception(() => Assert.True(Decompress(codec, packed.AsSpan(0, length)).Length < plain.Length));
            Assert.True(failure is null or CorruptRecordException, $"cut at {length} of {packed.Length}: {failure}");
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_stream_cut_before_its_end_is_corrupt(CompressionCodec codec)
    {
        var packed = Compress(codec, Samples.Noise(50_000));
        Assert.Throws<CorruptRecordException>(() => Decompress(codec, packed.AsSpan(0, packed.Length / 2)));
        Assert.Throws<CorruptRecordException>(() => Decompress(codec, []));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_bomb_is_refused_at_the_limit_without_its_memory(CompressionCodec codec)
    {
        const int limit = 1024 * 1024;
        var bomb = Compress(codec, new byte[64 * limit]);
        var allocated = Allocation.Of(() => Assert.Throws<DecompressionLimitException>(() => Decompress(codec, bomb, limit)));
        Assert.InRange(allocated, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Flipped_bytes_give_data_or_a_records_exception_and_nothing_else(CompressionCodec codec)
    {
        var packed = Compress(codec, Samples.Text(5000));
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var mutated = packed.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            var failure = Xunit.Record.Exception(() => Decompress(codec, mutated, 1 << 20));
            Assert.True(failure is null or RecordsException, failure?.ToString());
        }
    }

    [Fact]
    public void Unknown_codecs_are_invalid_records()
    {
        foreach (var codec in new[] { 5, 6, 7 })
        {
            Assert.Throws<InvalidRecordException>(() => Decompress((CompressionCodec)codec, [1, 2, 3]));
        }
    }

    [Fact]
    public void Concatenated_gzip_members_and_zstd_frames_are_read_through()
    {
        foreach (var codec in new[] { CompressionCodec.Gzip, CompressionCodec.Zstd, CompressionCodec.Snappy })
        {
            byte[] joined = [.. Compress(codec, Samples.Text(1000)), .. Compress(codec, Samples.Text(2000))];
            Assert.Equal([.. Samples.Text(1000), .. Samples.Text(2000)], Decompress(codec, joined));
        }
    }

    internal static byte[] Compress(CompressionCodec codec, ReadOnlySpan<byte> plain, byte magic = RecordFormat.MagicV2)
    {
        using var packed = new PooledBuffer();
        Codecs.Compress(Compression.Of(codec), magic, plain, packed);
        return packed.Span.ToArray();
    }

    internal static byte[] Decompress(
        CompressionCodec codec,
        ReadOnlySpan<byte> packed,
        int limit = RecordFormat.DefaultDecompressedBytesMax,
        byte magic = RecordFormat.MagicV2)
    {
        using var plain = new PooledBuffer();
        Codecs.Decompress(codec, magic, packed, limit, plain);
        return plain.Span.ToArray();
    }
}
