namespace ClassicBroker.Records.Tests;

public class SnappyTests
{
    public static TheoryData<byte[]> Plains =>
    [
        [], [1], Samples.Text(59), Samples.Text(61), Samples.Text(300), Samples.Text(32_768), Samples.Text(150_000),
        Samples.Noise(70_000), new byte[100_000], [.. Samples.Noise(40_000), .. Samples.Noise(40_000)],
    ];

    [Theory]
    [MemberData(nameof(Plains))]
    public void The_managed_block_and_libsnappy_read_each_other(byte[] plain)
    {
        var library = SnappyLibrary.Instance;
        Assert.NotNull(library);
        var managed = new byte[SnappyBlock.CompressedSizeMax(plain.Length)];
        var native = new byte[SnappyBlock.CompressedSizeMax(plain.Length)];
        var managedSize = SnappyBlock.Compress(plain, managed);
        var nativeSize = library.Compress(plain, native);
        var output = new byte[plain.Length];
        Assert.True(library.TryDecompress(managed.AsSpan(0, managedSize), output));
        Assert.Equal(plain, output);
        Array.Clear(output);
        Assert.True(SnappyBlock.TryDecompress(native.AsSpan(0, nativeSize), output));
        Assert.Equal(plain, output);
    }

    [Fact]
    public void The_managed_block_survives_any_mutation()
    {
        var plain = Samples.Text(4000);
        var block = new byte[SnappyBlock.CompressedSizeMax(plain.Length)];
        block = block[..SnappyBlock.Compress(plain, block)];
        var random = new Random(3);
        var output = new byte[plain.Length];
        var refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            var mutated = block.ToArray();
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            refused += SnappyBlock.TryDecompress(mutated, output) ? 0 : 1;
        }

        Assert.InRange(refused, 1, 4999);
    }

    [Theory]
    [InlineData(new byte[] { 4, 0b01, 0 })]
    [InlineData(new byte[] { 4, 0, 65, 0b01, 2 })]
    [InlineData(new byte[] { 4, 63 << 2, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 4, 0b10 })]
    [InlineData(new byte[] { 4, 0, 65 })]
    [InlineData(new byte[] { 2, 8, 65, 66, 67 })]
    public void Copies_from_before_the_start_and_lengths_beyond_the_end_are_refused(byte[] block) =>
        Assert.False(SnappyBlock.TryDecompress(block, new byte[block[0]]));

    [Fact]
    public void The_stream_starts_with_the_sixteen_bytes_of_snappy_java_and_has_chunks_of_32_KiB()
    {
        var packed = CodecsTests.Compress(CompressionCodec.Snappy, Samples.Noise(40_000));
        var theirs = new LegacyMessage(Golden.Read("fmt-0.9.0-snappy")).Value.Span[..16];
        Assert.Equal(theirs, packed.AsSpan(0, 16));
        Assert.True(SnappyBlock.TryReadLength(packed.AsSpan(20), out var first, out _));
        Assert.Equal(32 * 1024, first);
    }

    [Fact]
    public void A_raw_block_is_read_too()
    {
        var plain = Samples.Text(90_000);
        var block = new byte[SnappyBlock.CompressedSizeMax(plain.Length)];
        var size = SnappyBlock.Compress(plain, block);
        Assert.Equal(plain, CodecsTests.Decompress(CompressionCodec.Snappy, block.AsSpan(0, size)));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0 })]
    public void A_length_no_block_of_the_size_can_have_reserves_nothing(byte[] block)
    {
        byte[] framed = [.. XerialSnappy.Header, 0, 0, 0, (byte)block.Length, .. block];
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Snappy, framed));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Snappy, block));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0 })]
    public void Impossible_chunk_lengths_are_corrupt(byte[] chunk) =>
        Assert.Throws<CorruptRecordException>(
            () => CodecsTests.Decompress(CompressionCodec.Snappy, [.. XerialSnappy.Header, .. chunk]));
}
