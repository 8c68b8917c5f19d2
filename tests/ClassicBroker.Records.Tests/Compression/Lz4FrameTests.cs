namespace ClassicBroker.Records.Tests;

public class Lz4FrameTests
{
    [Theory]
    [InlineData("fmt-0.9.0-lz4", 0)]
    [InlineData("fmt-0.10.2-lz4", 1)]
    public void The_frame_header_is_the_one_Kafka_writes_into_each_format(string name, byte magic)
    {
        var theirs = new LegacyMessage(Golden.Read(name)).Value.Span[..Lz4Frame.HeaderSize];
        var ours = CodecsTests.Compress(CompressionCodec.Lz4, [1], magic).AsSpan(0, Lz4Frame.HeaderSize);
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void Only_format_0_forgives_the_historic_header_checksum()
    {
        var broken = CodecsTests.Compress(CompressionCodec.Lz4, Samples.Text(500), RecordFormat.MagicV0);
        var correct = CodecsTests.Compress(CompressionCodec.Lz4, Samples.Text(500), RecordFormat.MagicV1);
        Assert.NotEqual(correct[6], broken[6]);
        Assert.Equal(Samples.Text(500), CodecsTests.Decompress(CompressionCodec.Lz4, broken, magic: RecordFormat.MagicV0));
        Assert.Equal(Samples.Text(500), CodecsTests.Decompress(CompressionCodec.Lz4, correct, magic: RecordFormat.MagicV0));
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Lz4, broken, magic: RecordFormat.MagicV1));
    }

    [Fact]
    public void Content_size_block_checksums_and_larger_blocks_are_read()
    {
        // FLG 0x7C: independent blocks, block checksums, content size and content checksum; BD 0x70: blocks of 4 MiB.
        byte[] descriptor = [0x7C, 0x70, 5, 0, 0, 0, 0, 0, 0, 0];
        byte[] frame =
        [
            0x04, 0x22, 0x4D, 0x18, .. descriptor, Lz4Frame.HeaderChecksum(descriptor),
            5, 0, 0, 0x80, 1, 2, 3, 4, 5, 9, 9, 9, 9, 0, 0, 0, 0, 8, 8, 8, 8,
        ];
        Assert.Equal([1, 2, 3, 4, 5], CodecsTests.Decompress(CompressionCodec.Lz4, frame));
    }

    [Theory]
    [InlineData(0x40, 0x40)]
    [InlineData(0x20, 0x40)]
    [InlineData(0x61, 0x40)]
    [InlineData(0x60, 0x30)]
    [InlineData(0x60, 0xC0)]
    public void Dependent_blocks_and_unknown_descriptors_are_corrupt(byte flags, byte block)
    {
        byte[] frame = [0x04, 0x22, 0x4D, 0x18, flags, block, Lz4Frame.HeaderChecksum([flags, block]), 0, 0, 0, 0];
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Lz4, frame));
    }

    [Fact]
    public void A_block_larger_than_the_frame_allows_is_corrupt()
    {
        byte[] frame = [.. CodecsTests.Compress(CompressionCodec.Lz4, [1]).AsSpan(0, 7), 1, 0, 1, 0x80, .. new byte[65537], 0, 0, 0, 0];
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Lz4, frame));
    }

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("message digest", 0x7C948494u)]
    public void XxHash32_matches_its_published_values(string text, uint expected) =>
        Assert.Equal(expected, Lz4Frame.XxHash32(Batches.Bytes(text)));
}
