namespace ClassicBroker.Records.Tests;

public class ZstdTests
{
    [Fact]
    public void A_window_of_two_gigabytes_is_refused_without_its_memory()
    {
        // Frame magic, no content size, window descriptor for 2^31 bytes, one raw last block of one byte.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x09, 0x00, 0x00, 65];
        Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Zstd, frame));
        frame[5] = 10 << 3;
        Assert.Equal([65], CodecsTests.Decompress(CompressionCodec.Zstd, frame));
    }

    [Fact]
    public void A_context_serves_again_after_a_malformed_stream()
    {
        var good = CodecsTests.Compress(CompressionCodec.Zstd, Samples.Text(100_000));
        for (var round = 0; round < 20; round++)
        {
            Assert.Throws<CorruptRecordException>(() => CodecsTests.Decompress(CompressionCodec.Zstd, good.AsSpan(0, good.Length / 2)));
            Assert.Equal(Samples.Text(100_000), CodecsTests.Decompress(CompressionCodec.Zstd, good));
        }
    }
}
