using ClassicBroker.Primitives;
using Snappier;

namespace ClassicBroker.Records.Tests;

public class SnappyTests
{
    public static TheoryData<byte[]> Plains => new(
        Array.Empty<byte>(), new byte[] { 1 }, Samples.Text(59), Samples.Text(61), Samples.Text(300), Samples.Text(32_768),
        Samples.Text(150_000), Samples.Noise(70_000), new byte[100_000], [.. Samples.Noise(40_000), .. Samples.Noise(40_000)]);

    [Theory]
    [MemberData(nameof(Plains))]
    public void What_was_compressed_comes_back_whole(byte[] plain) =>
        Assert.Equal(plain, CodecsTests.Decompress(CompressionCodec.Snappy, CodecsTests.Compress(CompressionCodec.Snappy, plain)));

    [Fact]
    public void Every_kind_of_tag_is_read()
    {
        byte[] block =
        [
            29, 2 << 2, 1, 2, 3, // literal of three
            (4 - 4) << 2 | 0b01, 3, // copy of four from three back: 1 2 3 1
            (5 - 1) << 2 | 0b10, 2, 0, // copy of five from two back: 3 1 3 1 3
            (6 - 1) << 2 | 0b11, 12, 0, 0, 0, // copy of six from twelve back: the start again
            60 << 2, 0, 9, // literal of one with one length byte
            61 << 2, 1, 0, 8, 7, // literal of two with two length bytes
            62 << 2, 0, 0, 0, 6, // literal of one with three length bytes
            63 << 2, 0, 0, 0, 0, 5, // literal of one with four length bytes
            (6 - 4) << 2 | 0b01, 1, // copy of six from one back
        ];
        Assert.Equal(
            [1, 2, 3, 1, 2, 3, 1, 3, 1, 3, 1, 3, 1, 2, 3, 1, 2, 3, 9, 8, 7, 6, 5, 5, 5, 5, 5, 5, 5],
            CodecsTests.Decompress(CompressionCodec.Snappy, block));
    }

    [Fact]
    public void Compressible_text_shrinks_and_noise_hardly_grows()
    {
        Assert.InRange(CodecsTests.Compress(CompressionCodec.Snappy, Samples.Text(100_000)).Length, 1, 60_000);
        Assert.InRange(CodecsTests.Compress(CompressionCodec.Snappy, Samples.Noise(100_000)).Length, 100_000, 100_100);
    }

    [Fact]
    public void A_block_survives_any_mutation()
    {
        var block = Snappy.CompressToArray(Samples.Text(4000));
        var random = new Random(3);
        var refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            var mutated = block.ToArray();
            mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            refused += Xunit.Record.Exception(() => CodecsTests.Decompress(CompressionCodec.Snappy, mutated)) switch
            {
                null => 0,
                RecordsException => 1,
                var failure => throw new InvalidOperationException("Neither data nor refused.", failure),
            };
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
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Snappy, block));

    [Fact]
    public void The_stream_starts_with_the_sixteen_bytes_of_snappy_java_and_has_chunks_of_32_KiB()
    {
        var packed = CodecsTests.Compress(CompressionCodec.Snappy, Samples.Noise(40_000));
        var theirs = new LegacyMessage(Golden.Read("fmt-0.9.0-snappy")).Value.Span[..16];
        Assert.Equal(theirs, packed.AsSpan(0, 16));
        Assert.True(Varint.TryReadUnsigned(packed.AsSpan(20), out uint first, out _));
        Assert.Equal(32u * 1024, first);
    }

    [Fact]
    public void A_raw_block_is_read_too()
    {
        var plain = Samples.Text(90_000);
        Assert.Equal(plain, CodecsTests.Decompress(CompressionCodec.Snappy, Snappy.CompressToArray(plain)));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0 })]
    public void A_length_no_block_of_the_size_can_have_reserves_nothing(byte[] block)
    {
        byte[] framed = [.. XerialSnappy.Header, 0, 0, 0, (byte)block.Length, .. block];
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Snappy, framed));
        var allocated = Allocation.Of(
            () => Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Snappy, block)));
        Assert.InRange(allocated, 0, 16 * 1024);
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
